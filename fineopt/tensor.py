"""Tensors and parameters: ``fineopt.tensor``, ``Tensor`` and ``Parameter``."""

from .core.tensor import Parameter, Tensor, tensor

__all__ = ["Parameter", "Tensor", "tensor"]
