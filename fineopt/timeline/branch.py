"""A branch of a timeline, as its users see it."""

from __future__ import annotations

from typing import Protocol

from ..recorder import Record
from ..training import Run
from .moment import Moment
from .places import Line, Place

__all__ = ["Branch"]


class Tree(Protocol):
    """What a branch needs to know of its timeline."""

    @property
    def trainer(self) -> Run:
        """Whose run it is."""

    @property
    def place(self) -> Place:
        """All branches, and where the run stands."""


class Branch:
    """A live view of a branch; it stays valid when the branch is renamed.

    Args:
        tree: the timeline.
        key: which of its branches.
    """

    def __init__(self, tree: Tree, key: int) -> None:
        self._tree, self.key = tree, key

    @property
    def _line(self) -> Line:
        line = self._tree.place.lines.get(self.key)
        if line is None:
            raise KeyError("this branch was removed from its timeline")
        return line

    @property
    def name(self) -> str:
        """Its name; see :meth:`Timeline.rename`."""
        return self._line.name

    @property
    def is_current(self) -> bool:
        """Whether the run stands on it."""
        return self._tree.place.current == self.key

    @property
    def record(self) -> Record:
        """Return the record from the start, up to the run or, elsewhere, to the newest moment."""
        return self._tree.trainer.record if self.is_current else self._line.moments[-1].record

    @property
    def moments(self) -> list[Moment]:
        """Its moments from the start, those before the fork included."""
        return list(self._line.moments)

    @property
    def epochs(self) -> list[int]:
        """The epochs at whose ends there is a moment; 0 is the start."""
        return sorted({m.epoch for m in self._line.moments if not m.step_in_epoch})

    @property
    def parent(self) -> Branch | None:
        """The branch it came from."""
        parent = self._line.parent
        return None if parent is None else Branch(self._tree, parent)

    @property
    def fork(self) -> Moment | None:
        """The last moment that it shares with its parent."""
        place = self._tree.place
        return place.fork(self._line)

    def shared_with(self, other: Branch) -> Moment | None:
        """Return the last moment that both branches have; None if they have none in common."""
        both = zip(self._line.moments, other._line.moments, strict=False)
        common = None
        for mine, its in both:
            if mine is not its:
                break
            common = mine
        return common

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Branch) and (self._tree, self.key) == (other._tree, other.key)

    def __hash__(self) -> int:
        return hash((id(self._tree), self.key))

    def __repr__(self) -> str:
        fork = self.fork
        parent = self.parent
        came = f", from {parent.name!r} at {fork!r}" if fork and parent else ""
        return f"Branch({self.name!r}: {len(self.moments)} snapshots{came})"
