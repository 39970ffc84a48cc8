"""Tensor and Parameter: arrays whose computations a GradManager can record."""

from __future__ import annotations

import contextlib
import itertools
import numbers
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import ops
from ..errors import ShapeError
from ..ops import VJP, Array, Op
from .arrays import exactly, new_array, numeric
from .dtype import get_default_dtype
from .methods import Methods
from .naming import Held, name_of
from .operators import Operators
from .tape import Variable, recording

__all__ = ["Parameter", "Tensor", "TensorLike", "apply", "as_floating", "as_tensor", "tensor"]

DEVICE = "cpu:0"
_HALF = np.dtype(np.float16)
_ids = itertools.count()

TensorLike: TypeAlias = "Tensor | ArrayLike"  # what tensor() takes: numbers, nested lists, ...


def _as_array(data: Any, dtype: DTypeLike | None = None) -> Array:
    if isinstance(data, Tensor):
        return data._data.astype(numeric(dtype) or data.dtype)
    return new_array(data, dtype)


class Tensor(Held, Methods, Operators):
    """An n-dimensional array of numbers.

    Floating data takes the default dtype (float32 at first), whatever its own; integers become
    int32. ``dtype`` says otherwise. The data is copied, and a Tensor's values never change behind
    its back: ``x[i] = v`` gives x new values and leaves every earlier snapshot alone.

    Arithmetic on integers stays in their dtype and wraps, as in NumPy; sums, products over axes and
    matrix products take int64, and division takes the default dtype. In place, an integer tensor
    refuses what it can't hold.

    Args:
        data: a number, nested lists of numbers, an ndarray or a Tensor.
        dtype: any NumPy dtype of numbers or booleans.

    Raises:
        TypeError: for data that holds no numbers.

    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.shape, x.dtype
    ((2, 2), dtype('float32'))
    >>> (x * 2).sum()
    Tensor([20.], device=cpu:0)

    Source: MegEngine's Tensor; printing as in the document.
    """

    __slots__ = ("__weakref__", "_data", "_id", "_name", "grad")
    __array_ufunc__ = None  # so that ndarray * Tensor is left to Tensor

    def __init__(self, data: TensorLike, dtype: DTypeLike | None = None) -> None:
        self._set(_as_array(data, dtype))

    def _set(self, data: Array) -> None:
        self._data = data
        self._id = next(_ids)
        self.grad: Tensor | None = None
        self._name: str | None = None

    @classmethod
    def _wrap(cls, data: Array) -> Tensor:
        """Make a Tensor of an array that nobody else will write to, without a copy."""
        x = Tensor.__new__(cls)
        x._set(data)
        return x

    @property
    def _variable(self) -> Variable:
        return Variable(self._id, self._data.shape, self._data.dtype)

    def __reduce__(self) -> Any:  # for copy.deepcopy: a new identity
        return _rebuild, (type(self), self._data.copy(), self.grad, self.name)

    # ---- what it is ----

    @property
    def name(self) -> str | None:
        """What it is called in error messages, if it was given a name."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size along each axis."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of its numbers."""
        return self._data.dtype

    @property
    def device(self) -> str:
        """Where it lives, as text."""
        return DEVICE

    def numpy(self) -> Array:
        """Return a snapshot as an ndarray, which later training never changes."""
        return self._data.copy()

    def item(self) -> Any:
        """Return the one number it holds as a Python number.

        Raises:
            ValueError: if it holds none or several.
        """
        if self.size != 1:
            raise ValueError(f"item() needs exactly one number, this tensor has shape {self.shape}")
        return self._data.item()

    def tolist(self) -> Any:
        """Return its numbers as nested lists."""
        return self._data.tolist()

    def detach(self) -> Tensor:
        """Return a Tensor of the same values that leads back to nothing."""
        return Tensor._wrap(self._data)

    def to(self, device: str) -> Tensor:
        """Return itself: there is one device, the CPU.

        Raises:
            ValueError: for another device.
        """
        _check_device(device)
        return self

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self._data, dtype)

    def __repr__(self) -> str:
        with np.printoptions(precision=4, suppress=True, linewidth=120):
            numbers_ = str(np.atleast_1d(self._data))  # a scalar prints in brackets too
        plain = self.dtype == get_default_dtype()
        return f"Tensor({numbers_}{'' if plain else f', dtype={self.dtype}'}, device={DEVICE})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor of a single number has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"a tensor of shape {self.shape} is neither true nor false: compare its item(), "
                "or reduce it first"
            )
        return bool(self._data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"only an integer tensor can be an index, this one is {self.dtype}")
        return int(self.item())

    # ---- operators: see Operators ----

    __hash__ = object.__hash__  # which Python takes away from a class with an __eq__ of its own

    def _unary(self, op: Op, **options: Any) -> Tensor:
        return apply(op, self, **options)

    def _binary(self, op: Op, other: TensorLike, swap: bool = False) -> Tensor:
        b = _operand(other, self)
        return apply(op, b, self) if swap else apply(op, self, b)

    def _become(self, value: Tensor) -> Tensor:
        if not np.can_cast(value.dtype, self.dtype, "same_kind"):
            raise TypeError(
                f"{describe(self)} holds {self.dtype}, and the result in place is {value.dtype}: "
                "make a new tensor, as in x = x / 2, or convert this one first with astype"
            )
        if value.shape != self.shape:
            raise ShapeError(
                f"{describe(self)} can't take a result of shape {value.shape} in place"
            )
        self[...] = value  # also a Parameter: ``p -= lr * g`` must move p, not rebind the name
        return self

    def __pos__(self) -> Tensor:
        return self

    def _compare(self, ufunc: np.ufunc, other: Any) -> Tensor:
        return Tensor._wrap(np.asarray(ufunc(self._data, _operand(other, self)._data)))

    def _logic(self, ufunc: np.ufunc, *others: TensorLike) -> Tensor:
        operands = [self, *(_operand(other, self) for other in others)]
        if any(x.dtype.kind == "f" for x in operands):
            raise TypeError(
                f"{ufunc.__name__} works on booleans and integers, not on "
                f"{' and '.join(str(x.dtype) for x in operands)}: compare first, as in (x > 0) & "
                "(x < 1)"
            )
        return Tensor._wrap(np.asarray(ufunc(*(x._data for x in operands))))

    # ---- parts ----

    def __getitem__(self, index: Any) -> Tensor:
        return apply(ops.get_item, self, index=_plain_index(index))

    def __setitem__(self, index: Any, value: TensorLike) -> None:
        """Give some elements new values; recorded like any operation where a tape records.

        Raises:
            ValueError: if a value does not fit the shape, or is no number of an integer dtype.
        """
        index = _plain_index(index)
        if self.dtype.kind in "biu":
            given = value._data if isinstance(value, Tensor) else np.asarray(value)
            value = Tensor._wrap(exactly(given, self.dtype, describe(self)))
        else:
            value = _operand(value, self).astype(self.dtype)
        for tape in recording.tapes:
            if self._id in tape.attached:
                raise RuntimeError(
                    f"{describe(self)} is attached to a GradManager that records: changing it in "
                    "place now would make its gradient wrong. Change it before `with gm:`, or "
                    "after gm.backward()"
                )
        changed = apply(ops.set_item, self, value, index=index)
        self._data = changed._data
        if any(changed._id in tape.tracked for tape in recording.tapes):
            self._id = changed._id

    # ---- methods that mirror functions ----

    def argmax(self, axis: int | None = None) -> Tensor:
        """Return where the maximum is, as int32 (the first of several)."""
        return Tensor._wrap(np.asarray(np.argmax(self._data, axis), np.int32))

    def argmin(self, axis: int | None = None) -> Tensor:
        """Return where the minimum is, as int32 (the first of several)."""
        return Tensor._wrap(np.asarray(np.argmin(self._data, axis), np.int32))

    def astype(self, dtype: DTypeLike) -> Tensor:
        """Return the numbers in another dtype; itself, if that is its dtype already.

        A gradient flows back from floats to floats.
        """
        chosen = numeric(dtype) or self.dtype
        if chosen == self.dtype and not isinstance(self, Parameter):
            return self
        if self.dtype.kind != "f":
            return Tensor._wrap(self._data.astype(chosen))
        return apply(ops.cast, self, dtype=chosen)


class Parameter(Tensor):
    """A Tensor that is to be optimised: ``p[...] = value`` and optimizers change it in place.

    Its ``name`` is its path in the network that holds it, wherever it is moved to in there; or else
    what it was given.

    >>> p = Parameter([1.0, 2.0])
    >>> p[...] = 0
    >>> p
    Tensor([0. 0.], device=cpu:0)

    Source: MegEngine's Parameter. It prints as a Tensor does, as in the document.
    """

    __slots__ = ("_holders",)

    def __init__(self, data: TensorLike, dtype: DTypeLike | None = None) -> None:
        super().__init__(data, dtype)
        if self.dtype.kind != "f":  # only floating numbers can be moved by a gradient
            self._data = self._data.astype(get_default_dtype())

    def _set(self, data: Array) -> None:
        super()._set(data)
        self._holders: dict[tuple[int, str], Any] = {}

    @property
    def name(self) -> str | None:
        """Its path in the network that holds it; else what it was called there last, or given.

        Raises:
            ValueError: when set to another name than its path, while a network holds it.
        """
        self._name = name_of(self) or self._name
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        path = name_of(self)
        if path is not None and name != path:
            raise ValueError(
                f"this parameter is called {path!r}, after its place in its network: it can't be "
                f"called {name!r}"
            )
        self._name = name

    def detach(self) -> Tensor:
        """Return a Tensor of the same values, which training does not change."""
        return Tensor._wrap(self._data.copy())

    def __setitem__(self, index: Any, value: TensorLike) -> None:
        check_free(self)
        value, data = _operand(value, self)._data, self._data.copy()
        try:
            data[_plain_index(index)] = value
        except ValueError as error:
            raise ShapeError(f"{describe(self)} can't take shape {value.shape}: {error}") from None
        self._data = data  # another thread's recording may need the old values as they were


def tensor(data: TensorLike, dtype: DTypeLike | None = None, device: str | None = None) -> Tensor:
    """Make a Tensor of numbers; see :class:`Tensor`. There is one device, the CPU.

    >>> tensor([1, 2, 3])
    Tensor([1 2 3], dtype=int32, device=cpu:0)
    """
    _check_device(device)
    return Tensor(data, dtype)


def _check_device(device: str | None) -> None:
    if device not in (None, DEVICE, "cpu", "cpu0", "cpux", "xpux", "xpux:0"):
        raise ValueError(f"device {device!r} is not here: fineopt computes on {DEVICE}")


def as_tensor(x: TensorLike) -> Tensor:
    """Return x if it is a Tensor, else make one of it."""
    return x if isinstance(x, Tensor) else Tensor(x)


def as_floating(x: TensorLike) -> Tensor:
    """Return x as a Tensor of floats: integers and booleans take the default dtype."""
    x = as_tensor(x)
    return x if x.dtype.kind == "f" else x.astype(get_default_dtype())


def operands(a: TensorLike, b: TensorLike) -> tuple[Tensor, Tensor]:
    """Return both as Tensors; one that is none takes the dtype of the other, as in ``a + b``."""
    if isinstance(a, Tensor):
        return a, _operand(b, a)
    b = as_tensor(b)
    return _operand(a, b), b


def apply(op: Op, *inputs: TensorLike, **options: Any) -> Tensor:
    """Lift an ndarray operation to Tensors: compute its value, and record it where a tape records.

    Inputs of several dtypes take one: that of the floats among them, if there are any. With float16
    it is computed in float32, and the value and gradients are rounded to float16.

    Raises:
        ShapeError: (a ValueError) if the inputs don't fit each other, or the options.

    >>> apply(ops.mul, tensor([1.0, 2.0]), tensor(3.0))
    Tensor([3. 6.], device=cpu:0)
    """
    tensors = [as_tensor(x) for x in inputs]
    try:
        arrays = _promoted([x._data for x in tensors])
        half = arrays[0].itemsize == 2 and arrays[0].dtype == _HALF
        value, *vjps = _in_float32(op, arrays, options) if half else op(*arrays, **options)
    except ValueError as error:
        shapes = " and ".join(str(x.shape) for x in tensors[:4])
        raise ShapeError(f"{op.__name__} of {shapes}: {error}") from None
    value = np.asarray(value)
    if value.dtype == np.float64 and not any(x._data.dtype.kind == "f" for x in tensors):
        value = value.astype(get_default_dtype())  # integers in, floats out
    if value.base is not None and any(_is_view(value, x) for x in tensors):
        value = value.copy()
    output = Tensor._wrap(value)
    for tape in recording.tapes:
        tape.record(output._id, [x._variable for x in tensors], vjps)
    return output


def _promoted(arrays: list[Array]) -> list[Array]:
    dtypes = {array.dtype for array in arrays}
    if len(dtypes) < 2:
        return arrays
    dtype = np.result_type(*({d for d in dtypes if d.kind == "f"} or dtypes))
    return [array.astype(dtype, copy=False) for array in arrays]


def _in_float32(op: Op, arrays: list[Array], options: dict[str, Any]) -> tuple[Any, ...]:
    """Apply op to float16: sums of many numbers neither overflow on the way nor stop at 2048."""
    value, *vjps = op(*(array.astype(np.float32) for array in arrays), **options)
    if op is not ops.cast:
        value = np.asarray(value, np.float16)

    def widened(vjp: VJP) -> VJP:
        return lambda g: vjp(g.astype(np.float32))

    return value, *map(widened, vjps)


def _is_view(value: Array, x: Tensor) -> bool:
    """Tell whether value would change with x: a parameter's numbers are changed in place."""
    return isinstance(x, Parameter) and np.may_share_memory(value, x._data)


def describe(x: Tensor) -> str:
    """Name a tensor for an error message: by its name, where it has one, and shape."""
    kind = "parameter" if isinstance(x, Parameter) else "tensor"
    return f"{kind} {x.name!r} of shape {x.shape}" if x.name else f"a {kind} of shape {x.shape}"


def check_free(p: Tensor, action: str = "changing it in place") -> None:
    """Refuse to change a parameter between the forward pass that used it and its backward.

    Raises:
        RuntimeError: if a tape that records holds p.
    """
    for tape in recording.tapes:
        if p._id in tape.tracked or p._id in tape.held:
            raise RuntimeError(
                f"{describe(p)} is in use by a GradManager that still records: {action} now would "
                "make gradients wrong. Do it after gm.backward(), which ends the recording, or "
                "outside of `with gm:`"
            )


def _rebuild(cls: type[Tensor], data: Array, grad: Tensor | None, name: str | None) -> Tensor:
    x = cls._wrap(data)
    x.grad, x.name = grad, name
    return x


def _operand(other: Any, like: Tensor) -> Tensor:
    """Make a Tensor of what stands beside one, of its dtype if that can hold it."""
    if isinstance(other, Tensor):
        return other
    if like.dtype.kind == "f":  # 2, np.float64(2) and float64 arrays leave float32 float32
        if isinstance(other, int | float):
            return Tensor._wrap(np.asarray(other, like.dtype))
        return Tensor._wrap(_as_array(other, like.dtype))
    if like.dtype.kind in "iu" and isinstance(other, numbers.Integral):
        with contextlib.suppress(OverflowError):
            return Tensor._wrap(np.asarray(int(other), like.dtype))
    return Tensor(other)


def _plain_index(index: Any) -> Any:
    """Take Tensors out of an index; arrays and lists are copied, so that it stays what it is."""
    if isinstance(index, tuple):
        return tuple(_plain_index(part) for part in index)
    if isinstance(index, list):
        return np.array(index) if index else np.array(index, np.intp)
    return _as_array(index) if isinstance(index, Tensor | np.ndarray) else index
