"""Initialisers: they set a parameter's values in place, drawing from ``fineopt.random``."""

from __future__ import annotations

import math

from ..random import generator
from ..tensor import Tensor

__all__ = [
    "calculate_fan_in_and_fan_out",
    "fill_",
    "msra_normal_",
    "msra_uniform_",
    "normal_",
    "ones_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def fill_(x: Tensor, value: float) -> None:
    """Set all numbers to a value."""
    x[...] = value


def zeros_(x: Tensor) -> None:
    """Set all numbers to 0."""
    fill_(x, 0)


def ones_(x: Tensor) -> None:
    """Set all numbers to 1."""
    fill_(x, 1)


def uniform_(x: Tensor, a: float = 0.0, b: float = 1.0) -> None:
    """Draw from the uniform distribution on [a, b)."""
    x[...] = generator().uniform(a, b, x.shape).astype(x.dtype)


def normal_(x: Tensor, mean: float = 0.0, std: float = 1.0) -> None:
    """Draw from the normal distribution."""
    x[...] = generator().normal(mean, std, x.shape).astype(x.dtype)


def calculate_fan_in_and_fan_out(x: Tensor) -> tuple[int, int]:
    """Return how many numbers feed one output, and how many one input feeds.

    Raises:
        ValueError: for a tensor with fewer than two axes.

    >>> calculate_fan_in_and_fan_out(Tensor([[1.0, 2.0, 3.0]]))
    (3, 1)
    """
    if x.ndim < 2:
        raise ValueError(f"fan in and out need at least two axes (out, in, ...), not {x.shape}")
    window = math.prod(x.shape[2:])
    return x.shape[1] * window, x.shape[0] * window


def xavier_uniform_(x: Tensor, gain: float = 1.0) -> None:
    """Draw uniformly with variance 2 gain^2 / (fan in + fan out): Glorot and Bengio 2010."""
    bound = gain * math.sqrt(6 / sum(calculate_fan_in_and_fan_out(x)))
    uniform_(x, -bound, bound)


def xavier_normal_(x: Tensor, gain: float = 1.0) -> None:
    """Draw normally with variance 2 gain^2 / (fan in + fan out): Glorot and Bengio 2010."""
    normal_(x, 0, gain * math.sqrt(2 / sum(calculate_fan_in_and_fan_out(x))))


def msra_uniform_(x: Tensor) -> None:
    """Draw uniformly with variance 2 / fan in, for layers before a ReLU: He et al. 2015."""
    bound = math.sqrt(6 / calculate_fan_in_and_fan_out(x)[0])
    uniform_(x, -bound, bound)


def msra_normal_(x: Tensor) -> None:
    """Draw normally with variance 2 / fan in, for layers before a ReLU: He et al. 2015."""
    normal_(x, 0, math.sqrt(2 / calculate_fan_in_and_fan_out(x)[0]))
