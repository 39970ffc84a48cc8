"""Tensors, parameters, automatic differentiation, saving and loading."""
