"""Functions that move numbers about and change none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_tensor
from ..errors import ShapeError

__all__ = ["broadcast_to", "concat", "flatten", "one_hot", "reshape", "stack", "transpose"]


def _axis(axis: int, shape: tuple[int, ...], what: str, new: int = 0) -> int:
    """Count an axis from the front; ``new`` axes may be added to the shape."""
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
    """Return the same numbers in another shape; one size may be -1.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, -1))
    Tensor([[1. 2.]
     [3. 4.]], device=cpu:0)
    """
    return as_tensor(x).reshape(shape)


def transpose(x: TensorLike, axes: Sequence[int] | None = None) -> Tensor:
    """Return the axes in another order (reversed if None).

    >>> transpose(Tensor([[1.0, 2.0, 3.0]])).shape
    (3, 1)
    """
    return as_tensor(x).transpose(axes)


def broadcast_to(x: TensorLike, shape: Sequence[int]) -> Tensor:
    """Repeat x along axes of size 1 until it has a shape.

    >>> broadcast_to(Tensor([1.0, 2.0]), (2, 2))
    Tensor([[1. 2.]
     [1. 2.]], device=cpu:0)
    """
    return apply(ops.broadcast_to, x, shape=tuple(int(n) for n in shape))


def concat(tensors: Iterable[TensorLike], axis: int = 0) -> Tensor:
    """Join tensors along an axis that they have.

    >>> concat([Tensor([1.0]), Tensor([2.0, 3.0])])
    Tensor([1. 2. 3.], device=cpu:0)
    """
    several = [as_tensor(x) for x in tensors]
    if not several:
        raise ValueError("concat needs at least one tensor")
    first = several[0].shape
    at = _axis(axis, first, "concat")
    for i, x in enumerate(several):
        others = x.shape[:at] + x.shape[at + 1 :]
        if x.ndim != len(first) or others != first[:at] + first[at + 1 :]:
            raise ShapeError(
                f"concat along axis {axis}: shape {x.shape} of tensor {i} does not fit {first} "
                "of the first: the other axes must agree"
            )
    return apply(ops.concat, *several, axis=at)


def stack(tensors: Iterable[TensorLike], axis: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis.

    >>> stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1. 2.]
     [3. 4.]], device=cpu:0)
    """
    several = [as_tensor(x) for x in tensors]
    if not several:
        raise ValueError("stack needs at least one tensor")
    for i, x in enumerate(several):
        if x.shape != several[0].shape:
            raise ShapeError(f"stack: tensor {i} is {x.shape}, the first is {several[0].shape}")
    at = _axis(axis, several[0].shape, "stack", new=1)
    return apply(ops.stack, *several, axis=at)


def one_hot(x: TensorLike, num_classes: int = -1) -> Tensor:
    """Return a row for each label, int32, with 1 at the label and 0 elsewhere.

    Args:
        x: integers from 0 to num_classes - 1, of any shape.
        num_classes: the length of a row; one more than the largest label if -1.

    Raises:
        TypeError: for labels that are no integers.
        ValueError: for labels out of range.

    >>> one_hot(Tensor([2, 0]), 3)
    Tensor([[0 0 1]
     [1 0 0]], dtype=int32, device=cpu:0)

    Source: MegEngine's F.one_hot.
    """
    labels = as_tensor(x)._data
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot's labels are integers, not {labels.dtype}")
    greatest = int(labels.max()) if labels.size else -1
    classes = greatest + 1 if num_classes == -1 else int(num_classes)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"one_hot: labels from {labels.min()} to {labels.max()} are out of range: there are "
            f"{classes} classes, 0 to {classes - 1}"
        )
    return Tensor._wrap(np.asarray(labels[..., None] == np.arange(classes), np.int32))
