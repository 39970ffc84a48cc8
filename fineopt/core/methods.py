"""Tensor methods that reduce or reshape."""

from __future__ import annotations

from typing import Any, Generic, SupportsIndex, TypeVar

from .. import ops
from ..errors import ShapeError
from ..ops import Op

__all__ = ["Methods"]

TensorT = TypeVar("TensorT")


class Methods(Generic[TensorT]):
    """Base class of Tensor (``TensorT``): each method applies the operation of its name."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        raise NotImplementedError

    @property
    def ndim(self) -> int:
        """The number of axes."""
        raise NotImplementedError

    def _unary(self, op: Op, **options: Any) -> TensorT:
        raise NotImplementedError

    def sum(self, axis: Any = None, keepdims: bool = False) -> TensorT:
        """Return the sum over axis (all axes if None).

        Integers and booleans are summed in int64 (uint64 in uint64), float16 in float32.
        """
        return self._unary(ops.sum, axis=_axis(axis), keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> TensorT:
        """Return the mean over axis (all axes if None), in the default dtype for integers."""
        return self._unary(ops.mean, axis=_axis(axis), keepdims=keepdims)

    def prod(self, axis: Any = None, keepdims: bool = False) -> TensorT:
        """Return the product over axis (all axes if None), with the dtypes of :meth:`sum`."""
        return self._unary(ops.prod, axis=_axis(axis), keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> TensorT:
        """Return the maximum over axis (all axes if None); ties share the gradient evenly."""
        return self._unary(ops.max, axis=_axis(axis), keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> TensorT:
        """Return the minimum over axis (all axes if None); ties share the gradient evenly."""
        return self._unary(ops.min, axis=_axis(axis), keepdims=keepdims)

    def reshape(self, *shape: Any) -> TensorT:
        """Return the values in another shape; one size may be -1."""
        return self._unary(ops.reshape, shape=_sizes(shape))

    def flatten(self) -> TensorT:
        """Return the values as a 1-d tensor."""
        return self.reshape(-1)

    def transpose(self, *axes: Any) -> TensorT:
        """Permute the axes (reverse them if none are given)."""
        order = _sizes(axes) if axes and axes != (None,) else tuple(range(self.ndim))[::-1]
        if sorted(axis + self.ndim * (axis < 0) for axis in order) != list(range(self.ndim)):
            raise ShapeError(f"transpose{order} does not permute the axes of shape {self.shape}")
        return self._unary(ops.transpose, axes=tuple(axis % self.ndim for axis in order))

    @property
    def T(self) -> TensorT:
        """The tensor with its axes reversed."""
        return self.transpose()


def _axis(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Return sizes passed as separate arguments or as one sequence."""
    if len(sizes) == 1 and not isinstance(sizes[0], SupportsIndex):
        sizes = tuple(sizes[0])
    return tuple(int(size) for size in sizes)
