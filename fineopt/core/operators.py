"""The operators of a Tensor, each with the operation that it stands for."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import ops
from ..ops import Op

if TYPE_CHECKING:
    from .tensor import Tensor, TensorLike

__all__ = ["Operators"]


NUMERIC = (numbers.Number, np.generic, np.ndarray, list, tuple)


class Operators:
    """What Python calls for ``a + b``, ``a < b``, ``a += b``; Tensor says how each is applied."""

    __slots__ = ()

    def _unary(self, op: Op, **options: Any) -> Tensor:
        raise NotImplementedError

    def _binary(self, op: Op, other: TensorLike, swap: bool = False) -> Tensor:
        raise NotImplementedError

    def _compare(self, ufunc: np.ufunc, other: Any) -> Tensor:
        raise NotImplementedError

    def _logic(self, ufunc: np.ufunc, *others: TensorLike) -> Tensor:
        raise NotImplementedError

    def _become(self, value: Tensor) -> Tensor:
        raise NotImplementedError

    # ---- arithmetic ----

    def __add__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.add, other)

    def __radd__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.add, other, swap=True)

    def __sub__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.sub, other)

    def __rsub__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.sub, other, swap=True)

    def __mul__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.mul, other)

    def __rmul__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.mul, other, swap=True)

    def __truediv__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.div, other)

    def __rtruediv__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.div, other, swap=True)

    def __floordiv__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.floordiv, other)

    def __rfloordiv__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.floordiv, other, swap=True)

    def __mod__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.mod, other)

    def __rmod__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.mod, other, swap=True)

    def __pow__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.pow, other)

    def __rpow__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.pow, other, swap=True)

    def __matmul__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.matmul, other)

    def __rmatmul__(self, other: TensorLike) -> Tensor:
        return self._binary(ops.matmul, other, swap=True)

    def __neg__(self) -> Tensor:
        return self._unary(ops.neg)

    def __abs__(self) -> Tensor:
        return self._unary(ops.abs)

    # In place, also for a Parameter: ``p -= lr * g`` must move p, not rebind the name.

    def __iadd__(self, other: TensorLike) -> Tensor:
        return self._become(self + other)

    def __isub__(self, other: TensorLike) -> Tensor:
        return self._become(self - other)

    def __imul__(self, other: TensorLike) -> Tensor:
        return self._become(self * other)

    def __itruediv__(self, other: TensorLike) -> Tensor:
        return self._become(self / other)

    def __ipow__(self, other: TensorLike) -> Tensor:
        return self._become(self**other)

    def __ifloordiv__(self, other: TensorLike) -> Tensor:
        return self._become(self // other)

    def __imod__(self, other: TensorLike) -> Tensor:
        return self._become(self % other)

    def __imatmul__(self, other: TensorLike) -> Tensor:
        return self._become(self @ other)

    def __iand__(self, other: TensorLike) -> Tensor:
        return self._become(self & other)

    def __ior__(self, other: TensorLike) -> Tensor:
        return self._become(self | other)

    def __ixor__(self, other: TensorLike) -> Tensor:
        return self._become(self ^ other)

    # ---- comparison: booleans, without a gradient ----

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        # NotImplemented: what is no number is not equal, says Python
        return (
            self._compare(np.equal, other)
            if isinstance(other, (Operators, *NUMERIC))
            else NotImplemented
        )

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return (
            self._compare(np.not_equal, other)
            if isinstance(other, (Operators, *NUMERIC))
            else NotImplemented
        )

    def __lt__(self, other: TensorLike) -> Tensor:
        return self._compare(np.less, other)

    def __le__(self, other: TensorLike) -> Tensor:
        return self._compare(np.less_equal, other)

    def __gt__(self, other: TensorLike) -> Tensor:
        return self._compare(np.greater, other)

    def __ge__(self, other: TensorLike) -> Tensor:
        return self._compare(np.greater_equal, other)

    def __invert__(self) -> Tensor:
        return self._logic(np.invert)

    def __and__(self, other: TensorLike) -> Tensor:
        return self._logic(np.bitwise_and, other)

    def __or__(self, other: TensorLike) -> Tensor:
        return self._logic(np.bitwise_or, other)

    def __xor__(self, other: TensorLike) -> Tensor:
        return self._logic(np.bitwise_xor, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
