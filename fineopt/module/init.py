"""Initialisers: set parameters in place, with random numbers from ``fineopt.random``."""

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
    "reset_layer",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def fill_(x: Tensor, value: float) -> None:
    """Fill x with a value."""
    x[...] = value


def zeros_(x: Tensor) -> None:
    """Fill x with zeros."""
    fill_(x, 0)


def ones_(x: Tensor) -> None:
    """Fill x with ones."""
    fill_(x, 1)


def uniform_(x: Tensor, a: float = 0.0, b: float = 1.0) -> None:
    """Fill x with samples of the uniform distribution on [a, b)."""
    x[...] = generator().uniform(a, b, x.shape).astype(x.dtype)


def normal_(x: Tensor, mean: float = 0.0, std: float = 1.0) -> None:
    """Fill x with samples of the normal distribution."""
    x[...] = generator().normal(mean, std, x.shape).astype(x.dtype)


def reset_layer(weight: Tensor, bias: Tensor | None) -> None:
    """Fill weight normally with variance 1 / fan in and bias with zeros: MegEngine's default."""
    fan_in, _ = calculate_fan_in_and_fan_out(weight)
    normal_(weight, 0, math.sqrt(1 / fan_in))
    if bias is not None:
        zeros_(bias)


def calculate_fan_in_and_fan_out(x: Tensor) -> tuple[int, int]:
    """Return the number of inputs per output, and of outputs per input.

    Raises:
        ValueError: if x has fewer than two axes.

    >>> calculate_fan_in_and_fan_out(Tensor([[1.0, 2.0, 3.0]]))
    (3, 1)
    """
    if x.ndim < 2:
        raise ValueError(
            f"fan in and fan out require at least two axes (out, in, ...), not {x.shape}"
        )
    window = math.prod(x.shape[2:])
    return x.shape[1] * window, x.shape[0] * window


def xavier_uniform_(x: Tensor, gain: float = 1.0) -> None:
    """Fill x uniformly with variance 2 gain^2 / (fan in + fan out): Glorot and Bengio 2010."""
    bound = gain * math.sqrt(6 / sum(calculate_fan_in_and_fan_out(x)))
    uniform_(x, -bound, bound)


def xavier_normal_(x: Tensor, gain: float = 1.0) -> None:
    """Fill x normally with variance 2 gain^2 / (fan in + fan out): Glorot and Bengio 2010."""
    normal_(x, 0, gain * math.sqrt(2 / sum(calculate_fan_in_and_fan_out(x))))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the gain of weights before a nonlinearity that preserves the variance.

    Args:
        nonlinearity: linear, conv2d, sigmoid, tanh, relu or leaky_relu.
        param: negative slope of leaky_relu (0.01 if None).

    Raises:
        ValueError: for an unknown nonlinearity.

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
        raise ValueError(
            f"unknown nonlinearity {nonlinearity!r}, {suggestion(nonlinearity, gains)}"
        )
    return gains[nonlinearity]


def _msra_std(x: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', not {mode!r}")
    fan = calculate_fan_in_and_fan_out(x)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def msra_uniform_(
    x: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> None:
    """Fill x uniformly with variance gain^2 / fan, for layers before a ReLU: He et al. 2015.

    Args:
        x: filled in place.
        a: negative slope of leaky_relu.
        mode: ``"fan_in"`` preserves the variance of outputs, ``"fan_out"`` that of gradients.
        nonlinearity: see :func:`calculate_gain`.
    """
    bound = math.sqrt(3) * _msra_std(x, a, mode, nonlinearity)
    uniform_(x, -bound, bound)


def msra_normal_(
    x: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> None:
    """Fill x normally with variance gain^2 / fan; see :func:`msra_uniform_`."""
    normal_(x, 0, _msra_std(x, a, mode, nonlinearity))
