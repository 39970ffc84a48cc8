"""The states of a run: captured by reference, and restored to the bit."""
