"""Gradient clipping, which bounds the effect of a single batch."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..checks import finite_number, nonnegative, validate
from ..core.tensor import Tensor
from ..types import Array
from .labels import parameter_label

__all__ = ["clip_grad_norm", "clip_grad_value"]


def clip_grad_norm(
    tensors: Tensor | Iterable[Tensor],
    max_norm: float,
    ord: float | str = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    r"""Scale all gradients by a common factor, so that their total norm is at most ``max_norm``.

    .. math::
        g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert + 10^{-6}}\right)

    where the norm is that of all gradients, concatenated into a single vector, so that the step
    keeps its direction. A tensor whose ``grad`` is None is skipped; the others get a new ``grad``,
    and arrays that may be shared are not modified.

    Args:
        tensors: a Tensor or an iterable of Tensors, such as ``net.parameters()``.
        max_norm: c, in units of the gradients.
        ord: order p of the norm; ``'inf'`` for the maximum absolute value.
        error_if_nonfinite: raise an error if a gradient is infinite or NaN. If False, a warning is
            given, no gradient is changed, and the returned norm is infinite or NaN.

    Returns:
        The norm before clipping, as a scalar; 0 if there are no gradients. It is computed in
        float64 and returned in the gradients' dtype, or in float64 if it would overflow.

    Raises:
        TypeError: if an item is not a Tensor, or an argument is not a number.
        ValueError: if ``max_norm`` is negative or infinite, or ``ord`` is not positive.
        RuntimeError: if a gradient is not finite and ``error_if_nonfinite`` is True.

    >>> from fineopt import Parameter
    >>> p = Parameter([0.0, 0.0])
    >>> p.grad = Tensor([3.0, 4.0])
    >>> clip_grad_norm([p], max_norm=1.0), p.grad
    (Tensor([5.], device=cpu:0), Tensor([0.6 0.8], device=cpu:0))

    Source: MegEngine's clip_grad_norm, which writes into the gradients; Pascanu et al. 2013, *On
    the difficulty of training Recurrent Neural Networks*.
    """
    power = _power(ord)
    validate(max_norm, nonnegative, "max_norm")
    clipped = _with_grad(tensors, "clip_grad_norm")
    grads = [x.grad._data for x in clipped if x.grad is not None]
    if not grads:
        return Tensor(0.0)
    dtype = np.result_type(*(_floating(g) for g in grads))
    wide = [g.astype(np.result_type(g, np.float64)) for g in grads]
    maxima = np.array([np.abs(g).max(initial=0.0) for g in wide])
    largest = float(maxima.max())
    if not np.isfinite(maxima).all():
        i = next(i for i, g in enumerate(wide) if not np.isfinite(g).all())
        message = f"clip_grad_norm: the gradient of {parameter_label(i, clipped[i])} is not finite"
        if error_if_nonfinite:
            raise RuntimeError(message)
        warnings.warn(f"{message}: no gradient is clipped", RuntimeWarning, stacklevel=2)
        return Tensor(sum(float(np.abs(g).sum()) for g in wide), dtype)
    # divided by the maximum, so that no square or other power leaves the range of floats
    relative = _norm([g / largest for g in wide], power) if largest else 0.0
    with np.errstate(over="ignore"):
        norm = np.float64(largest) * relative
        share = largest / (norm + 1e-6) if np.isfinite(norm) else 1 / relative
    if max_norm < norm + 1e-6:
        for x, old, g in zip(clipped, grads, wide, strict=True):
            scaled = g / largest * (max_norm * share) if largest else g
            x.grad = Tensor._wrap(np.asarray(scaled, _floating(old)))
    return Tensor(norm, dtype if norm <= np.finfo(dtype).max else np.float64)


def _norm(vectors: list[Array], power: float) -> float:
    """Return the norm of the concatenated vectors, whose maximum absolute value is 1."""
    if np.isinf(power):
        return 1.0
    total = sum(float((np.abs(v) ** power).sum()) for v in vectors)
    with np.errstate(over="ignore"):
        return float(np.float64(total) ** (1 / power))


def _floating(g: Array) -> np.dtype[Any]:
    """Return a gradient's dtype, or float64 if it is an integer dtype."""
    return g.dtype if g.dtype.kind == "f" else np.dtype(np.float64)


def clip_grad_value(tensors: Tensor | Iterable[Tensor], lower: float, upper: float) -> None:
    r"""Clip each element of each gradient to the range from ``lower`` to ``upper``.

    .. math::
        g \leftarrow \min(\max(g, \text{lower}), \text{upper})

    The direction of the step may change. Infinite elements are clipped too; NaN remains NaN. A
    tensor whose ``grad`` is None is skipped; the others get a new ``grad``, and arrays that may be
    shared are not modified.

    Args:
        tensors: a Tensor or an iterable of Tensors, such as ``net.parameters()``.
        lower: the minimum, in units of the gradients.
        upper: the maximum.

    Raises:
        TypeError: if an item is not a Tensor, or an argument is not a number.
        ValueError: if ``lower`` is greater than ``upper``.

    >>> from fineopt import Parameter
    >>> p = Parameter([0.0, 0.0])
    >>> p.grad = Tensor([3.0, -0.5])
    >>> clip_grad_value([p], lower=-1.0, upper=1.0)
    >>> p.grad
    Tensor([ 1.  -0.5], device=cpu:0)

    Source: MegEngine's clip_grad_value, which writes into the gradients.
    """
    validate(lower, finite_number, "lower")
    validate(upper, finite_number, "upper")
    if lower > upper:
        raise ValueError(f"clip_grad_value: lower {lower} must not be greater than upper {upper}")
    for x in _with_grad(tensors, "clip_grad_value"):
        if x.grad is not None:
            with np.errstate(over="ignore"):  # a bound beyond the dtype's range has no effect
                x.grad = Tensor._wrap(np.asarray(np.clip(x.grad._data, lower, upper)))


def _with_grad(tensors: Any, function: str) -> list[Tensor]:
    """Return the tensors that have a gradient, without duplicates."""
    if isinstance(tensors, str | bytes) or not isinstance(tensors, Iterable):
        raise TypeError(f"{function} takes Tensors, not a {type(tensors).__name__}")
    items = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    for i, x in enumerate(items):
        if not isinstance(x, Tensor):
            hint = ": pass parameters(), not named_parameters()" if isinstance(x, tuple) else ""
            what = f"a {type(x).__name__}{hint}"
            raise TypeError(f"{function} takes Tensors, but item {i} is {what}")
        if x.grad is not None and not isinstance(x.grad, Tensor):
            what = f"a {type(x.grad).__name__}, not a Tensor"
            raise TypeError(f"{function}: the gradient of {parameter_label(i, x)} is {what}")
    return [x for x in {id(x): x for x in items}.values() if x.grad is not None]


def _power(ord: Any) -> float:
    if ord == "inf":
        return float("inf")
    if isinstance(ord, bool) or not isinstance(ord, int | float):
        raise TypeError(f"clip_grad_norm: ord must be a number or 'inf', not {ord!r}")
    if not ord > 0:
        raise ValueError(f"clip_grad_norm: ord must be positive, not {ord!r}")
    return float(ord)
