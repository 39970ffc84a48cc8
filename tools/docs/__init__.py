"""The documentation: pages, the API reference from docstrings, the lessons, and the site."""
