"""Rows of a panel: one per param group, parameter or coordinate."""
