"""Rows of a panel: one for each group, parameter or coordinate."""
