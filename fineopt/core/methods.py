"""The methods of a Tensor that reduce it or give it another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

from .. import ops
from ..errors import ShapeError
from ..ops import Op

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["Methods"]


class Methods:
    """Each is an operation of its own name; Tensor says how it is applied."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        raise NotImplementedError

    @property
    def ndim(self) -> int:
        """The number of axes."""
        raise NotImplementedError

    def _unary(self, op: Op, **options: Any) -> Tensor:
        raise NotImplementedError

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Return the sum over axis (all if None).

        Integers and booleans are summed in int64 (uint64 in uint64), float16 in float32.
        """
        return self._unary(ops.sum, axis=_axis(axis), keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Return the mean over axis (all if None); that of integers in the default dtype."""
        return self._unary(ops.mean, axis=_axis(axis), keepdims=keepdims)

    def prod(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Return the product over axis (all if None), in the dtypes of :meth:`sum`."""
        return self._unary(ops.prod, axis=_axis(axis), keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Return the maximum over axis (all if None); ties share the gradient evenly."""
        return self._unary(ops.max, axis=_axis(axis), keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Return the minimum over axis (all if None); ties share the gradient evenly."""
        return self._unary(ops.min, axis=_axis(axis), keepdims=keepdims)

    def reshape(self, *shape: Any) -> Tensor:
        """Return the same numbers in another shape; one size may be -1."""
        return self._unary(ops.reshape, shape=_sizes(shape))

    def flatten(self) -> Tensor:
        """Return all numbers along one axis."""
        return self.reshape(-1)

    def transpose(self, *axes: Any) -> Tensor:
        """Return the axes in another order (reversed if none are given)."""
        order = _sizes(axes) if axes and axes != (None,) else tuple(range(self.ndim))[::-1]
        if sorted(axis + self.ndim * (axis < 0) for axis in order) != list(range(self.ndim)):
            raise ShapeError(f"transpose{order} is no order of the axes of shape {self.shape}")
        return self._unary(ops.transpose, axes=tuple(axis % self.ndim for axis in order))

    @property
    def T(self) -> Tensor:
        """The axes reversed."""
        return self.transpose()


def _axis(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Take sizes given one by one or as one sequence."""
    if len(sizes) == 1 and not isinstance(sizes[0], SupportsIndex):
        sizes = tuple(sizes[0])
    return tuple(int(size) for size in sizes)
