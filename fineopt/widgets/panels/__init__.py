"""Panels: the views that are shown in a notebook's cell."""
