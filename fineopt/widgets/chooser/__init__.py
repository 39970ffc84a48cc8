"""Choosing the parameters to be watched."""
