"""Choosing the parameters to watch."""
