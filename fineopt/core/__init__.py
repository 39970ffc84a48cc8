"""Tensors, the tape, gradients, and saving and loading of both."""
