"""The param groups of more than one optimizer as one sequence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from ..types import Group
from .base import Optimizer

__all__ = ["LiveGroups"]


class LiveGroups(Sequence[Group]):
    """A live view of the param groups of a sequence of optimizers."""

    def __init__(self, opts: Sequence[Optimizer]) -> None:
        self._opts = opts

    def _now(self) -> list[Group]:
        return [group for opt in self._opts for group in opt.param_groups]

    @overload
    def __getitem__(self, index: int) -> Group: ...

    @overload
    def __getitem__(self, index: slice) -> list[Group]: ...

    def __getitem__(self, index: int | slice) -> Group | list[Group]:
        return self._now()[index]

    def __delitem__(self, index: int | slice) -> None:
        removed = self[index] if isinstance(index, slice) else [self[index]]
        for opt in self._opts:
            kept = [group for group in opt.param_groups if all(group is not g for g in removed)]
            opt.param_groups[:] = kept

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[Group]:
        return iter(self._now())

    def __repr__(self) -> str:
        return repr(self._now())
