"""Tensor: an array whose computations a GradManager can record."""

from __future__ import annotations

import contextlib
import itertools
import numbers
from collections.abc import Iterator
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import ops
from ..errors import ShapeError
from ..ops import Array, Op
from .arrays import as_numeric_dtype, evaluate, exact_cast
from .dtype import get_default_dtype
from .methods import Methods
from .naming import Member
from .operators import Operators
from .tape import Variable, recording
from .values import DEVICE, Values, as_array, describe, plain_index

__all__ = [
    "Tensor",
    "TensorLike",
    "apply",
    "as_floating",
    "as_tensor",
    "operands",
    "tensor",
]

_ids = itertools.count()

TensorLike: TypeAlias = "Tensor | ArrayLike"  # what tensor() accepts


class Tensor(Member, Values, Methods["Tensor"], Operators["Tensor"]):
    """An n-dimensional array.

    Floating-point data is converted to the default dtype (initially float32) and integers to
    int32, unless ``dtype`` is given. The data is copied. Assigning ``x[i] = v`` gives x new values
    and leaves all earlier copies and views unchanged.

    Integer arithmetic keeps its dtype and wraps around, as in NumPy; sums, products over axes and
    matrix products use int64, and division the default dtype. In-place operations on an integer
    tensor raise an error for values that its dtype cannot represent.

    Args:
        data: a number, nested lists of numbers, an ndarray or a Tensor.
        dtype: any real or boolean NumPy dtype.

    Raises:
        TypeError: if data is not numeric.

    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.shape, x.dtype
    ((2, 2), dtype('float32'))
    >>> (x * 2).sum()
    Tensor([20.], device=cpu:0)

    Source: MegEngine's Tensor; printed as in the document.
    """

    __slots__ = ("__weakref__", "_id", "grad")
    __array_ufunc__ = None  # lets Tensor handle ndarray * Tensor
    _in_place: ClassVar[bool] = False  # whether optimizers write to the array itself

    def __init__(self, data: TensorLike, dtype: DTypeLike | None = None) -> None:
        self._init(as_array(data, dtype))

    def _init(self, data: Array) -> None:
        self._data = data
        self._id = next(_ids)
        self.grad: Tensor | None = None
        self._name = None

    @classmethod
    def _wrap(cls, data: Array) -> Tensor:
        """Make a Tensor of an array that nothing else writes to, without a copy."""
        x = Tensor.__new__(cls)
        x._init(data)
        return x

    @property
    def _variable(self) -> Variable:
        return Variable(self._id, self._data.shape, self._data.dtype)

    def __reduce__(self) -> Any:  # a copy has a new identity
        return _rebuild, (type(self), self._data.copy(), self.grad, self.name)

    def detach(self) -> Tensor:
        """Return a Tensor with the same values, detached from the tape."""
        return Tensor._wrap(self._data)

    def to(self, device: str) -> Tensor:
        """Return the tensor itself: the CPU is the only device.

        Raises:
            ValueError: for any other device.
        """
        _check_device(device)
        return self

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    # ---- how the operators of the base classes are applied ----

    __hash__ = object.__hash__  # a class that defines __eq__ loses it

    def _unary(self, op: Op, **options: Any) -> Tensor:
        return apply(op, self, **options)

    def _binary(self, op: Op, other: TensorLike, swap: bool = False) -> Tensor:
        b = _operand(other, self)
        return apply(op, b, self) if swap else apply(op, self, b)

    def _assign(self, value: Tensor) -> Tensor:
        if not np.can_cast(value.dtype, self.dtype, "same_kind"):
            raise TypeError(
                f"{describe(self)} has dtype {self.dtype}, and the in-place result {value.dtype}: "
                "create a new tensor, as in x = x / 2, or convert this one with astype"
            )
        if value.shape != self.shape:
            raise ShapeError(
                f"{describe(self)}: the result of the in-place operation has shape {value.shape}"
            )
        self[...] = value
        return self

    def __pos__(self) -> Tensor:
        return self

    def _compare(self, ufunc: np.ufunc, other: Any) -> Tensor:
        return Tensor._wrap(np.asarray(ufunc(self._data, _operand(other, self)._data)))

    def _logic(self, ufunc: np.ufunc, *others: TensorLike) -> Tensor:
        operands = [self, *(_operand(other, self) for other in others)]
        if any(x.dtype.kind == "f" for x in operands):
            raise TypeError(
                f"{ufunc.__name__} requires booleans or integers, not "
                f"{' and '.join(str(x.dtype) for x in operands)}: compare first, as in (x > 0) & "
                "(x < 1)"
            )
        return Tensor._wrap(np.asarray(ufunc(*(x._data for x in operands))))

    # ---- indexing, and methods that need the array ----

    def __getitem__(self, index: Any) -> Tensor:
        return apply(ops.get_item, self, index=plain_index(index))

    def __setitem__(self, index: Any, value: TensorLike) -> None:
        """Assign new values to some elements; recorded like any other operation.

        Raises:
            ValueError: if the value does not fit the shape or an integer dtype.
            RuntimeError: if the tensor is attached to a GradManager that is recording.
        """
        index = plain_index(index)
        if self.dtype.kind in "biu":
            given = value._data if isinstance(value, Tensor) else np.asarray(value)
            value = Tensor._wrap(exact_cast(given, self.dtype, describe(self)))
        else:
            value = _operand(value, self).astype(self.dtype)
        for tape in recording.tapes:
            if self._id in tape.attached:
                raise RuntimeError(
                    f"{describe(self)} is attached to a GradManager that is recording: changing it "
                    "in place now would make its gradient wrong. Change it before `with gm:`, or "
                    "after gm.backward()"
                )
        changed = apply(ops.set_item, self, value, index=index)
        self._data = changed._data
        if any(changed._id in tape.tracked for tape in recording.tapes):
            self._id = changed._id

    def argmax(self, axis: int | None = None) -> Tensor:
        """Return the index of the maximum as int32, the first one for ties."""
        return Tensor._wrap(np.asarray(np.argmax(self._data, axis), np.int32))

    def argmin(self, axis: int | None = None) -> Tensor:
        """Return the index of the minimum as int32, the first one for ties."""
        return Tensor._wrap(np.asarray(np.argmin(self._data, axis), np.int32))

    def astype(self, dtype: DTypeLike) -> Tensor:
        """Convert to another dtype; return the tensor itself if the dtype is the same.

        Gradients flow through conversions between floating-point dtypes.
        """
        chosen = as_numeric_dtype(dtype) or self.dtype
        if chosen == self.dtype and not self._in_place:
            return self
        if self.dtype.kind != "f":
            return Tensor._wrap(self._data.astype(chosen))
        return apply(ops.cast, self, dtype=chosen)


def tensor(data: TensorLike, dtype: DTypeLike | None = None, device: str | None = None) -> Tensor:
    """Create a Tensor from data; see :class:`Tensor`. The CPU is the only device.

    >>> tensor([1, 2, 3])
    Tensor([1 2 3], dtype=int32, device=cpu:0)
    """
    _check_device(device)
    return Tensor(data, dtype)


def apply(op: Op, *inputs: TensorLike, **options: Any) -> Tensor:
    """Apply an ndarray operation to Tensors: compute its value and record it on the open tapes.

    See :func:`fineopt.core.arrays.evaluate` for the dtype of the result.

    Raises:
        ShapeError: (a ValueError) if the shapes do not fit each other, or the options.

    >>> apply(ops.mul, tensor([1.0, 2.0]), tensor(3.0))
    Tensor([3. 6.], device=cpu:0)
    """
    tensors = [as_tensor(x) for x in inputs]
    value, vjps = evaluate(op, [x._data for x in tensors], options)
    if value.base is not None and any(
        x._in_place and np.may_share_memory(value, x._data) for x in tensors
    ):
        value = value.copy()  # a view would change with the parameter
    output = Tensor._wrap(value)
    for tape in recording.tapes:
        tape.record(output._id, [x._variable for x in tensors], vjps)
    return output


def as_tensor(x: TensorLike) -> Tensor:
    """Return x if it is a Tensor, otherwise a new Tensor of it."""
    return x if isinstance(x, Tensor) else Tensor(x)


def as_floating(x: TensorLike) -> Tensor:
    """Return x as a floating-point Tensor; integers and booleans take the default dtype."""
    x = as_tensor(x)
    return x if x.dtype.kind == "f" else x.astype(get_default_dtype())


def operands(a: TensorLike, b: TensorLike) -> tuple[Tensor, Tensor]:
    """Return a and b as Tensors; a number or array takes the dtype of the Tensor, as in a + b."""
    if isinstance(a, Tensor):
        return a, _operand(b, a)
    b = as_tensor(b)
    return _operand(a, b), b


def _operand(other: Any, like: Tensor) -> Tensor:
    """Convert the other operand to a Tensor, in the dtype of ``like`` if that can hold it."""
    if isinstance(other, Tensor):
        return other
    if like.dtype.kind == "f":  # 2, np.float64(2) and float64 arrays keep float32 float32
        if isinstance(other, int | float):
            return Tensor._wrap(np.asarray(other, like.dtype))
        return Tensor._wrap(as_array(other, like.dtype))
    if like.dtype.kind in "iu" and isinstance(other, numbers.Integral):
        with contextlib.suppress(OverflowError):
            return Tensor._wrap(np.asarray(int(other), like.dtype))
    return Tensor(other)


def _check_device(device: str | None) -> None:
    if device not in (None, DEVICE, "cpu", "cpu0", "cpux", "xpux", "xpux:0"):
        raise ValueError(f"device {device!r} is not supported: fineopt runs on {DEVICE}")


def _rebuild(cls: type[Tensor], data: Array, grad: Tensor | None, name: str | None) -> Tensor:
    x = cls._wrap(data)
    x.grad, x.name = grad, name
    return x
