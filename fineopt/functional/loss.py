"""Losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating, operands
from ..errors import ShapeError, unsupported_name

__all__ = ["cross_entropy", "l1_loss", "square_loss"]


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    return losses if reduction == "none" else getattr(losses, reduction)()


def _check_reduction(reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', not {reduction!r}")


def cross_entropy(
    pred: TensorLike,
    label: TensorLike,
    axis: int = 1,
    with_logits: bool = True,
    label_smooth: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """Return the cross entropy between softmax(pred) and the labels, in nats.

    Args:
        pred: logits of shape (N, classes), or any shape with the classes along axis.
        label: integers from 0 to classes - 1, of the shape of pred without axis.
        axis: the class axis.
        with_logits: only True is supported.
        label_smooth: the fraction of the target spread evenly over all classes, in [0, 1).
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Raises:
        TypeError: if the labels are not integers.
        ValueError: if a label is out of range, or the shapes do not match.

    >>> cross_entropy(Tensor([[0.0, 0.0], [0.0, 0.0]]), Tensor([0, 1]))
    Tensor([0.6931], device=cpu:0)

    Source: MegEngine's F.loss.cross_entropy.
    """
    if not with_logits:
        raise ValueError("cross_entropy expects logits: remove softmax and with_logits=False")
    if not 0 <= label_smooth < 1:
        raise ValueError(f"label_smooth must be at least 0 and below 1, not {label_smooth!r}")
    _check_reduction(reduction)
    x = as_floating(pred)
    labels = label._data if isinstance(label, Tensor) else np.asarray(label)
    check_labels("cross_entropy", x, labels, axis)
    losses = apply(
        ops.cross_entropy, x, labels=labels.astype(np.intp), label_smooth=label_smooth, axis=axis
    )
    return _reduce(losses, reduction)


def check_labels(what: str, x: Tensor, labels: ops.Array, axis: int = 1) -> None:
    """Check that labels are integers, one per sample, that match the predictions.

    Raises:
        TypeError: if the labels are not integers.
        ValueError: if a label is out of range, or the shapes do not match.
    """
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{what} expects integer labels, one per sample, not {labels.dtype}")
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"{what}: pred of shape {x.shape} has no axis {axis}")
    axis %= x.ndim
    if labels.shape != x.shape[:axis] + x.shape[axis + 1 :]:
        raise ShapeError(
            f"{what}: labels of shape {labels.shape} do not match pred of shape {x.shape}: "
            f"they must be {x.shape[:axis] + x.shape[axis + 1 :]}{_shape_hint(x, labels, axis)}"
        )
    if not labels.size:
        raise ShapeError(f"{what}: pred of shape {x.shape} contains no samples")
    classes = x.shape[axis]
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        at = np.argwhere(wrong)[0].tolist()
        raise ValueError(
            f"{what}: label {labels[tuple(at)]} at {at} is out of range: pred of shape "
            f"{x.shape} has {classes} classes, 0 to {classes - 1}"
        )


def _shape_hint(x: Tensor, labels: ops.Array, axis: int) -> str:
    if labels.shape == x.shape and labels.size and ((labels == 0) | (labels == 1)).all():
        return f"; convert one-hot labels with labels.argmax({axis})"
    flat = labels.size * x.shape[axis] == x.size and labels.size in labels.shape
    return "; use labels.reshape(-1)" if flat and x.ndim == 2 else ""


def _difference(pred: TensorLike, label: TensorLike, what: str, reduction: str) -> Tensor:
    _check_reduction(reduction)
    x, y = operands(pred, label)
    if x.shape != y.shape:
        raise ShapeError(f"{what}: pred of shape {x.shape} does not match label of shape {y.shape}")
    return as_floating(x) - as_floating(y)  # unsigned integers would wrap


def square_loss(pred: TensorLike, label: TensorLike, reduction: str = "mean") -> Tensor:
    """Return (pred - label)^2 for equal shapes, computed in floating point.

    >>> square_loss(Tensor([1.0, 2.0]), Tensor([0.0, 0.0]))
    Tensor([2.5], device=cpu:0)
    """
    d = _difference(pred, label, "square_loss", reduction)
    return _reduce(d * d, reduction)


def l1_loss(pred: TensorLike, label: TensorLike, reduction: str = "mean") -> Tensor:
    """Return ``|pred - label|`` for equal shapes, computed in floating point.

    >>> l1_loss(Tensor([1.0, -2.0]), Tensor([0.0, 0.0]))
    Tensor([1.5], device=cpu:0)
    """
    return _reduce(abs(_difference(pred, label, "l1_loss", reduction)), reduction)


def __getattr__(name: str) -> Any:
    raise unsupported_name(__name__, name, __all__)
