"""Branches and places as plain values: each change makes a new one, so that none is ever half."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .moment import Moment

__all__ = ["Line", "Place"]


class Line(NamedTuple):
    """A branch: all its moments from the start on, which it shares with others up to its fork."""

    key: int
    name: str
    moments: tuple[Moment, ...]
    parent: int | None

    def up_to(self, moment: Moment) -> tuple[Moment, ...]:
        """Return its moments up to one, that included."""
        return self.moments[: self.moments.index(moment) + 1]


class Place(NamedTuple):
    """All branches, and where the run stands.

    Args:
        lines: the branches by key, in the order in which they were made.
        current: the key of the branch on which the run stands.
        position: the last moment before where it stands.
        restored: how often the trainer had restored a snapshot by then.
    """

    lines: Mapping[int, Line]
    current: int
    position: Moment
    restored: int

    @property
    def line(self) -> Line:
        """The current branch."""
        return self.lines[self.current]

    @property
    def at_end(self) -> bool:
        """Whether no moment of the branch follows."""
        return self.line.moments[-1] is self.position

    def with_line(self, line: Line) -> Place:
        """Return a place with a branch added, or another in its stead."""
        return self._replace(lines={**self.lines, line.key: line})

    def with_moments(self, moments: tuple[Moment, ...]) -> Place:
        """Return a place with other moments in the current branch."""
        return self.with_line(self.line._replace(moments=moments))

    def added(self, moment: Moment) -> Place:
        """Return a place that stands at a new moment of the branch, right after its position."""
        before, position = self.line.up_to(self.position), self.position
        rest = self.line.moments[len(before) :]
        passed = position.kind == "left" and not self.is_shared(position)
        if passed or (moment.kind == position.kind == "epoch" and moment.steps == position.steps):
            before = before[:-1]  # it only marked where the run was left
        return self.with_moments((*before, moment, *rest))._replace(position=moment)

    def is_shared(self, moment: Moment) -> bool:
        """Return whether more than one branch has a moment."""
        return sum(moment in line.moments for line in self.lines.values()) > 1

    def fork(self, line: Line) -> Moment | None:
        """Return the last moment that a branch shares with the one it came from."""
        if line.parent is None:
            return None
        both = zip(line.moments, self.lines[line.parent].moments, strict=False)
        shared = [a for a, b in both if a is b]
        return shared[-1] if shared else None

    def moments(self) -> Iterator[Moment]:
        """Yield each moment of all branches once."""
        yield from dict.fromkeys(m for line in self.lines.values() for m in line.moments)
