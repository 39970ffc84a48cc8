"""Gradient clipping: a bound on what one batch can do."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..checks import nonnegative, number
from ..core.tensor import Tensor
from ..types import Array
from .labels import called

__all__ = ["clip_grad_norm", "clip_grad_value"]


def clip_grad_norm(
    tensors: Tensor | Iterable[Tensor],
    max_norm: float,
    ord: float | str = 2.0,
    error_if_nonfinite: bool = False,
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
        error_if_nonfinite: raise an error where a gradient is infinite or NaN. If False, a warning
            says so, no gradient is changed, and the norm that is returned is infinite or NaN too.

    Returns:
        The norm before clipping, a single number; 0 if there are no gradients. It is computed in
        float64 and returned in the gradients' dtype, or in float64 where it would be infinite in
        that.

    Raises:
        TypeError: for what is no Tensor, or no number.
        ValueError: for a negative or infinite ``max_norm``, or an ``ord`` not above 0.
        RuntimeError: with ``error_if_nonfinite``, for a gradient that is not finite.

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
    dtype = np.result_type(*(_floating(g) for g in grads))
    wide = [g.astype(np.result_type(g, np.float64)) for g in grads]
    sizes = np.array([np.abs(g).max(initial=0.0) for g in wide])
    largest = float(sizes.max())
    if not np.isfinite(sizes).all():
        i = next(i for i, g in enumerate(wide) if not np.isfinite(g).all())
        words = f"the gradient of {called(i, several[i])} holds infinite numbers or NaN"
        if error_if_nonfinite:
            raise RuntimeError(f"clip_grad_norm: {words}")
        warnings.warn(f"clip_grad_norm: {words}: nothing is clipped", RuntimeWarning, stacklevel=2)
        return Tensor(sum(float(np.abs(g).sum()) for g in wide), dtype)
    # of numbers over the largest, so that no square or other power leaves the range of floats
    relative = _norm([g / largest for g in wide], power) if largest else 0.0
    with np.errstate(over="ignore"):
        norm = np.float64(largest) * relative
        share = largest / (norm + 1e-6) if np.isfinite(norm) else 1 / relative
    if max_norm < norm + 1e-6:
        for x, old, g in zip(several, grads, wide, strict=True):
            scaled = g / largest * (max_norm * share) if largest else g
            x.grad = Tensor._wrap(np.asarray(scaled, _floating(old)))
    return Tensor(norm, dtype if norm <= np.finfo(dtype).max else np.float64)


def _norm(vectors: list[Array], power: float) -> float:
    """Return the norm of all numbers, none above 1 in size."""
    if np.isinf(power):
        return 1.0
    total = sum(float((np.abs(v) ** power).sum()) for v in vectors)
    with np.errstate(over="ignore"):
        return float(np.float64(total) ** (1 / power))


def _floating(g: Array) -> np.dtype[Any]:
    """Return a gradient's dtype, or float64 if it is one of integers."""
    return g.dtype if g.dtype.kind == "f" else np.dtype(np.float64)


def clip_grad_value(tensors: Tensor | Iterable[Tensor], lower: float, upper: float) -> None:
    r"""Bound each number of each gradient to lie between ``lower`` and ``upper``.

    .. math::
        g \leftarrow \min(\max(g, \text{lower}), \text{upper})

    The direction of the step may change. Infinite numbers are bounded like any others, and NaN
    stays. A tensor whose ``grad`` is None is passed over; the others get a new ``grad``, and arrays
    that someone else may hold are left alone.

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
            with np.errstate(over="ignore"):  # a bound beyond a dtype's range bounds nothing
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
