"""Shape functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_tensor
from ..errors import ShapeError

__all__ = ["broadcast_to", "concat", "flatten", "one_hot", "reshape", "stack", "transpose"]


def _axis(axis: int, shape: tuple[int, ...], what: str, new: int = 0) -> int:
    """Return a nonnegative axis; ``new`` is the number of axes to be added to the shape."""
    if not -len(shape) - new <= axis < len(shape) + new:
        raise ShapeError(f"{what}: shape {shape} has no axis {axis}")
    return axis % (len(shape) + new)


def flatten(x: TensorLike, start_axis: int = 0, end_axis: int = -1) -> Tensor:
    """Merge the axes from start_axis to end_axis into one.

    >>> flatten(Tensor([[[1.0, 2.0]], [[3.0, 4.0]]]), 1).shape
    (2, 2)
    """
    x = as_tensor(x)
    shape = x.shape or (1,)
    start, end = _axis(start_axis, shape, "flatten"), _axis(end_axis, shape, "flatten")
    if start > end:
        raise ShapeError(f"flatten: axis {start_axis} comes after {end_axis} in shape {x.shape}")
    return x.reshape(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])


def reshape(x: TensorLike, shape: Sequence[int]) -> Tensor:
    """Return the values in another shape; one size may be -1.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, -1))
    Tensor([[1. 2.]
     [3. 4.]], device=cpu:0)
    """
    return as_tensor(x).reshape(shape)


def transpose(x: TensorLike, axes: Sequence[int] | None = None) -> Tensor:
    """Permute the axes (reverse them if None).

    >>> transpose(Tensor([[1.0, 2.0, 3.0]])).shape
    (3, 1)
    """
    return as_tensor(x).transpose(axes)


def broadcast_to(x: TensorLike, shape: Sequence[int]) -> Tensor:
    """Broadcast x to a shape.

    >>> broadcast_to(Tensor([1.0, 2.0]), (2, 2))
    Tensor([[1. 2.]
     [1. 2.]], device=cpu:0)
    """
    return apply(ops.broadcast_to, x, shape=tuple(int(n) for n in shape))


def concat(tensors: Iterable[TensorLike], axis: int = 0) -> Tensor:
    """Concatenate tensors along an existing axis.

    >>> concat([Tensor([1.0]), Tensor([2.0, 3.0])])
    Tensor([1. 2. 3.], device=cpu:0)
    """
    items = [as_tensor(x) for x in tensors]
    if not items:
        raise ValueError("concat requires at least one tensor")
    first = items[0].shape
    at = _axis(axis, first, "concat")
    for i, x in enumerate(items):
        others = x.shape[:at] + x.shape[at + 1 :]
        if x.ndim != len(first) or others != first[:at] + first[at + 1 :]:
            raise ShapeError(
                f"concat along axis {axis}: shape {x.shape} of tensor {i} does not match shape "
                f"{first} of the first: all other axes must be equal"
            )
    return apply(ops.concat, *items, axis=at)


def stack(tensors: Iterable[TensorLike], axis: int = 0) -> Tensor:
    """Stack tensors of the same shape along a new axis.

    >>> stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1. 2.]
     [3. 4.]], device=cpu:0)
    """
    items = [as_tensor(x) for x in tensors]
    if not items:
        raise ValueError("stack requires at least one tensor")
    for i, x in enumerate(items):
        if x.shape != items[0].shape:
            raise ShapeError(f"stack: tensor {i} has shape {x.shape}, the first {items[0].shape}")
    at = _axis(axis, items[0].shape, "stack", new=1)
    return apply(ops.stack, *items, axis=at)


def one_hot(x: TensorLike, num_classes: int = -1) -> Tensor:
    """Return one-hot rows in int32: 1 at the label, 0 elsewhere.

    Args:
        x: integers from 0 to num_classes - 1, of any shape.
        num_classes: the length of a row; the largest label plus one if -1.

    Raises:
        TypeError: if the labels are not integers.
        ValueError: if a label is out of range.

    >>> one_hot(Tensor([2, 0]), 3)
    Tensor([[0 0 1]
     [1 0 0]], dtype=int32, device=cpu:0)

    Source: MegEngine's F.one_hot.
    """
    labels = as_tensor(x)._data
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot expects integer labels, not {labels.dtype}")
    greatest = int(labels.max()) if labels.size else -1
    classes = greatest + 1 if num_classes == -1 else int(num_classes)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"one_hot: labels from {labels.min()} to {labels.max()} are out of range for "
            f"{classes} classes, 0 to {classes - 1}"
        )
    return Tensor._wrap(np.asarray(labels[..., None] == np.arange(classes), np.int32))
