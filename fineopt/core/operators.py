"""Operators of Tensor, each mapped to its operation."""

from __future__ import annotations

import numbers
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from .. import ops
from ..ops import Op

__all__ = ["Operators"]

TensorT = TypeVar("TensorT")

NUMERIC = (numbers.Number, np.generic, np.ndarray, list, tuple)


class Operators(Generic[TensorT]):
    """Base class of Tensor (``TensorT``): arithmetic, comparison and in-place operators."""

    __slots__ = ()

    def _unary(self, op: Op, **options: Any) -> TensorT:
        raise NotImplementedError

    def _binary(self, op: Op, other: TensorT | ArrayLike, swap: bool = False) -> TensorT:
        raise NotImplementedError

    def _compare(self, ufunc: np.ufunc, other: Any) -> TensorT:
        raise NotImplementedError

    def _logic(self, ufunc: np.ufunc, *others: TensorT | ArrayLike) -> TensorT:
        raise NotImplementedError

    def _assign(self, value: TensorT) -> TensorT:
        """Set the values in place and return the tensor itself."""
        raise NotImplementedError

    # ---- arithmetic ----

    def __add__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.add, other)

    def __radd__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.add, other, swap=True)

    def __sub__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.sub, other)

    def __rsub__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.sub, other, swap=True)

    def __mul__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.mul, other)

    def __rmul__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.mul, other, swap=True)

    def __truediv__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.div, other)

    def __rtruediv__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.div, other, swap=True)

    def __floordiv__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.floordiv, other)

    def __rfloordiv__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.floordiv, other, swap=True)

    def __mod__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.mod, other)

    def __rmod__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.mod, other, swap=True)

    def __pow__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.pow, other)

    def __rpow__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.pow, other, swap=True)

    def __matmul__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.matmul, other)

    def __rmatmul__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._binary(ops.matmul, other, swap=True)

    def __neg__(self) -> TensorT:
        return self._unary(ops.neg)

    def __abs__(self) -> TensorT:
        return self._unary(ops.abs)

    # ---- in place: ``p -= lr * g`` updates a Parameter p and does not rebind the name ----

    def __iadd__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self + other)

    def __isub__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self - other)

    def __imul__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self * other)

    def __itruediv__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self / other)

    def __ipow__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self**other)

    def __ifloordiv__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self // other)

    def __imod__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self % other)

    def __imatmul__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self @ other)

    def __iand__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self & other)

    def __ior__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self | other)

    def __ixor__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._assign(self ^ other)

    # ---- comparison: boolean results without a gradient ----

    def __eq__(self, other: object) -> TensorT:  # type: ignore[override]
        # on NotImplemented, Python compares the identities
        return (
            self._compare(np.equal, other)
            if isinstance(other, (Operators, *NUMERIC))
            else NotImplemented
        )

    def __ne__(self, other: object) -> TensorT:  # type: ignore[override]
        return (
            self._compare(np.not_equal, other)
            if isinstance(other, (Operators, *NUMERIC))
            else NotImplemented
        )

    def __lt__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._compare(np.less, other)

    def __le__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._compare(np.less_equal, other)

    def __gt__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._compare(np.greater, other)

    def __ge__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._compare(np.greater_equal, other)

    def __invert__(self) -> TensorT:
        return self._logic(np.invert)

    def __and__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._logic(np.bitwise_and, other)

    def __or__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._logic(np.bitwise_or, other)

    def __xor__(self, other: TensorT | ArrayLike) -> TensorT:
        return self._logic(np.bitwise_xor, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
