"""Parameter: a Tensor to optimise."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from ..errors import ShapeError
from ..ops import Array
from .dtype import get_default_dtype
from .naming import name_of
from .tape import recording
from .tensor import Tensor, TensorLike, operands
from .values import describe, plain_index

__all__ = ["Parameter", "check_free"]


class Parameter(Tensor):
    """A Tensor to optimise: ``p[...] = value`` and optimizers update it in place.

    Its ``name`` is its path in the network that contains it, even after it moves within the
    network; otherwise the name it was assigned.

    >>> p = Parameter([1.0, 2.0])
    >>> p[...] = 0
    >>> p
    Tensor([0. 0.], device=cpu:0)

    Source: MegEngine's Parameter. It prints as a Tensor, as in the document.
    """

    __slots__ = ("_owners",)
    _kind = "parameter"
    _in_place = True

    def __init__(self, data: TensorLike, dtype: DTypeLike | None = None) -> None:
        super().__init__(data, dtype)
        if self.dtype.kind != "f":  # gradients only exist for floating-point values
            self._data = self._data.astype(get_default_dtype())

    def _init(self, data: Array) -> None:
        super()._init(data)
        self._owners: dict[tuple[int, str], Any] = {}

    @property
    def name(self) -> str | None:
        """The path in the network that contains the parameter; else its last or assigned name.

        Raises:
            ValueError: if set to a name other than its path while a network contains it.
        """
        self._name = name_of(self) or self._name
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        path = name_of(self)
        if path is not None and name != path:
            raise ValueError(
                f"this parameter is named {path!r} by its place in its network: it cannot be "
                f"renamed to {name!r}"
            )
        self._name = name

    def detach(self) -> Tensor:
        """Return a Tensor with a copy of the values, which training does not change."""
        return Tensor._wrap(self._data.copy())

    def __setitem__(self, index: Any, value: TensorLike) -> None:
        check_free(self)
        (_, value), data = operands(self, value), self._data.copy()
        try:
            data[plain_index(index)] = value._data
        except ValueError as error:
            raise ShapeError(f"{describe(self)} cannot take shape {value.shape}: {error}") from None
        self._data = data  # a recording in another thread may need the old values unchanged


def check_free(p: Tensor, action: str = "changing it in place") -> None:
    """Check that no open recording uses the values of a parameter.

    Raises:
        RuntimeError: if p was used in a forward pass whose backward has not run yet.
    """
    for tape in recording.tapes:
        if p._id in tape.tracked or p._id in tape.held:
            raise RuntimeError(
                f"{describe(p)} is in use by a GradManager that is still recording: {action} now "
                "would make gradients wrong. Do it after gm.backward(), which ends the recording, "
                "or outside `with gm:`"
            )
