"""Functions that move numbers about and change none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .. import ops
from ..errors import ShapeError
from ..tensor import Tensor, TensorLike, apply, as_tensor

__all__ = ["broadcast_to", "concat", "flatten", "reshape", "stack", "transpose"]


def flatten(x: TensorLike, start_axis: int = 0, end_axis: int = -1) -> Tensor:
    """Merge the axes from start_axis to end_axis into one.

    >>> flatten(Tensor([[[1.0, 2.0]], [[3.0, 4.0]]]), 1).shape
    (2, 2)
    """
    x = as_tensor(x)
    start, end = start_axis % max(x.ndim, 1), end_axis % max(x.ndim, 1)
    if start > end:
        raise ValueError(f"flatten: axis {start_axis} comes after {end_axis} in shape {x.shape}")
    return x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])


def reshape(x: TensorLike, shape: Sequence[int]) -> Tensor:
    """Return the same numbers in another shape; one size may be -1.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, -1))
    Tensor([[1. 2.]
     [3. 4.]], device=cpu:0)
    """
    return as_tensor(x).reshape(*shape)


def transpose(x: TensorLike, axes: Sequence[int] | None = None) -> Tensor:
    """Return the axes in another order (reversed if None).

    >>> transpose(Tensor([[1.0, 2.0, 3.0]])).shape
    (3, 1)
    """
    return as_tensor(x).transpose(*(axes or ()))


def broadcast_to(x: TensorLike, shape: Sequence[int]) -> Tensor:
    """Repeat x along axes of size 1 until it has a shape.

    >>> broadcast_to(Tensor([1.0, 2.0]), (2, 2))
    Tensor([[1. 2.]
     [1. 2.]], device=cpu:0)
    """
    return apply(ops.broadcast_to, x, shape=tuple(shape))


def concat(tensors: Iterable[TensorLike], axis: int = 0) -> Tensor:
    """Join tensors along an axis that they have.

    >>> concat([Tensor([1.0]), Tensor([2.0, 3.0])])
    Tensor([1. 2. 3.], device=cpu:0)
    """
    several = [as_tensor(x) for x in tensors]
    if not several:
        raise ValueError("concat needs at least one tensor")
    first = several[0].shape
    for i, x in enumerate(several):
        axis_ = axis % max(len(first), 1)
        if x.shape[:axis_] + x.shape[axis_ + 1 :] != first[:axis_] + first[axis_ + 1 :]:
            raise ShapeError(
                f"concat along axis {axis}: shape {x.shape} of tensor {i} does not fit {first} "
                "of the first: the other axes must agree"
            )
    return apply(ops.concat, *several, axis=axis)


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
    return apply(ops.stack, *several, axis=axis)
