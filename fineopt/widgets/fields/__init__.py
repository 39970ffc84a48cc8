"""Number and text fields that refuse aloud, beside the field."""
