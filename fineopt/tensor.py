"""Tensors and parameters: ``fineopt.tensor``, ``Tensor`` and ``Parameter``."""

from .core.parameter import Parameter
from .core.tensor import Tensor, tensor

__all__ = ["Parameter", "Tensor", "tensor"]
