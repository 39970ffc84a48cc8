"""Charts: each draws one aspect of a summarized record on one axes."""
