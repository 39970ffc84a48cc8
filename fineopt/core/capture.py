"""Values and gradients of tensors without copies, and their restoration in one go.

An array that has been a tensor's value is never written to again: a step, a load and
``p[...] = value`` give the tensor a new one. So a kept array keeps its contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ..atomic import Change
from ..types import Array
from .tensor import Tensor

__all__ = ["Captured", "array_of"]


def array_of(tensor: Tensor) -> Array:
    """Return a tensor's own array, which must not be written to; ``numpy()`` copies it.

    >>> array_of(Tensor([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    return tensor._data


class Captured:
    """Values and gradients of tensors as they are now, by reference.

    Args:
        tensors: whose values and gradients are captured.

    >>> from fineopt.atomic import commit
    >>> x = Tensor([1.0])
    >>> captured = Captured([x])
    >>> x[0] = 5.0
    >>> commit(captured.restoring())
    >>> x
    Tensor([1.], device=cpu:0)
    """

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._kept = [(x, x._data, x.grad) for x in tensors]

    def restoring(self) -> list[Change]:
        """Return the changes that restore values and gradients."""
        return [
            change
            for x, data, grad in self._kept
            for change in (partial(setattr, x, "_data", data), partial(setattr, x, "grad", grad))
        ]
