"""Parts that all panels are made of."""
