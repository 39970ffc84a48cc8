"""How the answers of exercises are judged, and what they are judged on."""
