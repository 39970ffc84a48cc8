"""Initialisers: they set a parameter's values in place, drawing from ``fineopt.random``."""

from __future__ import annotations

import math

from ..core.tensor import Tensor
from ..errors import suggestion
from ..random import generator

__all__ = [
    "calculate_fan_in_and_fan_out",
    "calculate_gain",
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


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return by how much to scale up weights before a nonlinearity, so that variance is kept.

    Args:
        nonlinearity: linear, conv2d, sigmoid, tanh, relu or leaky_relu.
        param: leaky_relu's negative slope (0.01 if None).

    Raises:
        ValueError: for another nonlinearity.

    >>> calculate_gain("relu")
    1.4142135623730951
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "conv2d": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + slope**2)),
    }
    if nonlinearity not in gains:
        raise ValueError(f"no gain for {nonlinearity!r}, {suggestion(nonlinearity, gains)}")
    return gains[nonlinearity]


def _msra_std(x: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = calculate_fan_in_and_fan_out(x)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def msra_uniform_(
    x: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> None:
    """Draw uniformly with variance gain^2 / fan, for layers before a ReLU: He et al. 2015.

    Args:
        x: what is set, in place.
        a: leaky_relu's negative slope.
        mode: ``"fan_in"`` keeps the variance of the outputs, ``"fan_out"`` that of the gradients.
        nonlinearity: see :func:`calculate_gain`.
    """
    bound = math.sqrt(3) * _msra_std(x, a, mode, nonlinearity)
    uniform_(x, -bound, bound)


def msra_normal_(
    x: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> None:
    """Draw normally with variance gain^2 / fan; see :func:`msra_uniform_`."""
    normal_(x, 0, _msra_std(x, a, mode, nonlinearity))
