"""The panels that notebook cells show."""
