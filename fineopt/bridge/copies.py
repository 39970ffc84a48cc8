"""Copies of nested containers of tensors, numbers and other objects, and back."""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["NUMBERS", "Copier"]

NUMBERS = (bool, int, float, str, type(None))


class Copier:
    """Copies containers; each framework says how its tensors are copied."""

    def store(self, value: Any, former: Any) -> Any:
        """Return a copy of a tensor; None of anything else.

        Args:
            value: what is copied.
            former: an earlier copy; its numbers are shared where they are the same.
        """
        raise NotImplementedError

    def make(self, value: Any, into: Any) -> Any:
        """Return the tensor that a copy is of; None of anything else.

        Args:
            value: what `store` returned.
            into: filled and returned if it is a tensor that the copy fits.
        """
        raise NotImplementedError

    def compare(self, one: Any, other: Any) -> bool | None:
        """Return whether copies of two tensors are the same to the bit; None of anything else."""
        raise NotImplementedError

    def stored(self, value: Any, former: Any = None) -> Any:
        """Copy a tensor, or nested containers of tensors, numbers and other objects.

        Args:
            value: what is copied.
            former: an earlier copy; its numbers are shared where they are the same.
        """
        if (tensor := self.store(value, former)) is not None:
            return tensor
        if isinstance(value, Mapping):
            known = former if isinstance(former, Mapping) else {}
            return _like(value, {k: self.stored(x, known.get(k)) for k, x in value.items()})
        if type(value) in (list, tuple):
            items = former if isinstance(former, list | tuple) else ()
            return type(value)(
                self.stored(x, items[i] if i < len(items) else None) for i, x in enumerate(value)
            )
        return value if isinstance(value, NUMBERS) else copy.deepcopy(value)

    def live(self, value: Any, into: Any = None) -> Any:
        """Return what `stored` was given: new containers, and tensors.

        Args:
            value: what `stored` returned.
            into: the present containers; tensors in them that fit are filled and used again.
        """
        if (tensor := self.make(value, into)) is not None:
            return tensor
        if isinstance(value, Mapping):
            known = into if isinstance(into, Mapping) else {}
            return _like(value, {k: self.live(x, known.get(k)) for k, x in value.items()})
        if type(value) in (list, tuple):
            items = into if isinstance(into, list | tuple) else ()
            return type(value)(
                self.live(x, items[i] if i < len(items) else None) for i, x in enumerate(value)
            )
        return value if isinstance(value, NUMBERS) else copy.deepcopy(value)

    def is_same(self, one: Any, other: Any) -> bool:
        """Return whether two copies are the same to the bit, and surely so."""
        if (same := self.compare(one, other)) is not None:
            return same
        if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
            return one is other or (type(one) is type(other) and np.array_equal(one, other))
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            return list(one) == list(other) and all(self.is_same(one[k], other[k]) for k in one)
        if isinstance(one, list | tuple) and isinstance(other, list | tuple):
            return len(one) == len(other) and all(map(self.is_same, one, other))
        return one is other or (type(one) is type(other) and bool(one == other))


def _like(value: Any, items: dict[Any, Any]) -> Any:
    if isinstance(value, OrderedDict):
        return OrderedDict(items)
    if isinstance(value, Counter):
        return Counter(items)
    if isinstance(value, defaultdict):
        return defaultdict(value.default_factory, items)
    return items
