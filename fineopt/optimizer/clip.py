"""Gradient clipping: a bound on what one batch can do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensor import Tensor
from .checks import nonnegative, number
from .labels import called

__all__ = ["clip_grad_norm", "clip_grad_value"]


def clip_grad_norm(
    tensors: Tensor | Iterable[Tensor], max_norm: float, ord: float | str = 2.0
) -> Tensor:
    r"""Scale all gradients down together, so that their norm is at most ``max_norm``.

    .. math::
        g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert + 10^{-6}}\right)

    where the norm is that of all gradients as one long vector. So the direction of the step stays.
    A tensor whose ``grad`` is None is passed over; the others get a new ``grad``, and arrays that
    someone else may hold are left alone.

    Args:
        tensors: one Tensor or several, such as ``net.parameters()``.
        max_norm: c, in units of the gradients.
        ord: which p-norm; ``'inf'`` for the largest absolute value.

    Returns:
        The norm before clipping, a single number; 0 if there are no gradients.

    Raises:
        TypeError: for what is no Tensor, or no number.
        ValueError: for a negative or infinite ``max_norm``, or an ``ord`` not above 0.

    >>> from fineopt import Parameter
    >>> p = Parameter([0.0, 0.0])
    >>> p.grad = Tensor([3.0, 4.0])
    >>> clip_grad_norm([p], max_norm=1.0), p.grad
    (Tensor([5.], device=cpu:0), Tensor([0.6 0.8], device=cpu:0))

    Source: MegEngine's clip_grad_norm, which writes into the gradients; Pascanu et al. 2013, *On
    the difficulty of training Recurrent Neural Networks*.
    """
    power = _power(ord)
    _check("max_norm", max_norm, nonnegative)
    several = _with_grad(tensors, "clip_grad_norm")
    grads = [x.grad._data for x in several if x.grad is not None]
    if not grads:
        return Tensor(0.0)
    norm = np.linalg.norm([np.linalg.norm(g.ravel(), power) for g in grads], power)
    scale = float(max_norm / (norm + 1e-6))
    if not scale >= 1:  # also where the norm is NaN, which every gradient then says
        for x, g in zip(several, grads, strict=True):
            x.grad = Tensor._wrap(np.asarray(g * scale))
    return Tensor(norm, grads[0].dtype)


def clip_grad_value(tensors: Tensor | Iterable[Tensor], lower: float, upper: float) -> None:
    r"""Bound each number of each gradient to lie between ``lower`` and ``upper``.

    .. math::
        g \leftarrow \min(\max(g, \text{lower}), \text{upper})

    The direction of the step may change. A tensor whose ``grad`` is None is passed over; the others
    get a new ``grad``, and arrays that someone else may hold are left alone.

    Args:
        tensors: one Tensor or several, such as ``net.parameters()``.
        lower: the least value, in units of the gradients.
        upper: the greatest.

    Raises:
        TypeError: for what is no Tensor, or no number.
        ValueError: for a ``lower`` above ``upper``.

    >>> from fineopt import Parameter
    >>> p = Parameter([0.0, 0.0])
    >>> p.grad = Tensor([3.0, -0.5])
    >>> clip_grad_value([p], lower=-1.0, upper=1.0)
    >>> p.grad
    Tensor([ 1.  -0.5], device=cpu:0)

    Source: MegEngine's clip_grad_value, which writes into the gradients.
    """
    _check("lower", lower, number)
    _check("upper", upper, number)
    if lower > upper:
        raise ValueError(f"clip_grad_value: lower {lower} must not be above upper {upper}")
    for x in _with_grad(tensors, "clip_grad_value"):
        if x.grad is not None:
            x.grad = Tensor._wrap(np.asarray(np.clip(x.grad._data, lower, upper)))


def _with_grad(tensors: Any, function: str) -> list[Tensor]:
    """Return those that have a gradient, each once."""
    if isinstance(tensors, str | bytes) or not isinstance(tensors, Iterable):
        raise TypeError(f"{function} takes Tensors, not a {type(tensors).__name__}")
    several = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    for i, x in enumerate(several):
        if not isinstance(x, Tensor):
            hint = ": named_parameters() gives pairs, parameters() what is wanted here"
            what = f"a {type(x).__name__}{hint if isinstance(x, tuple) else ''}"
            raise TypeError(f"{function} takes Tensors, item {i} is {what}")
        if x.grad is not None and not isinstance(x.grad, Tensor):
            what = f"a {type(x.grad).__name__}, not a Tensor"
            raise TypeError(f"{function}: the gradient of {called(i, x)} is {what}")
    return [x for x in {id(x): x for x in several}.values() if x.grad is not None]


def _power(ord: Any) -> float:
    if ord == "inf":
        return float("inf")
    if isinstance(ord, bool) or not isinstance(ord, int | float):
        raise TypeError(f"clip_grad_norm: ord must be a number or 'inf', not {ord!r}")
    if not ord > 0:
        raise ValueError(f"clip_grad_norm: ord must be above 0, not {ord!r}")
    return float(ord)


def _check(what: str, value: Any, check: Any) -> None:
    try:
        check(value)
    except (TypeError, ValueError) as wrong:
        raise type(wrong)(f"{what} {wrong}") from None
