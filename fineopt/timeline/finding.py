"""Finds branches and moments by what users give: names, epochs, moments."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import nonempty_string, validate
from ..errors import BadKeyError, suggestion
from .moment import Moment
from .places import Line, Place

__all__ = ["check_name", "find_line", "find_moment", "free_name"]


def find_line(place: Place, name: str) -> Line:
    """Return the branch of a name.

    Raises:
        KeyError: if there is none.
    """
    for line in place.lines.values():
        if line.name == name:
            return line
    known = [line.name for line in place.lines.values()]
    raise BadKeyError(f"there is no branch {name!r}: {suggestion(name, known)}")


def check_name(place: Place, name: str) -> None:
    """Check the name of a new branch.

    Raises:
        TypeError, ValueError: if it is no text, empty, or taken.
    """
    validate(name, nonempty_string, "the name of a branch")
    if any(line.name == name for line in place.lines.values()):
        raise ValueError(f"there is a branch {name!r} already: choose another name")


def free_name(place: Place, name: str) -> str:
    """Return a name with a number behind it, from 2 on, that no branch has."""
    taken = {line.name for line in place.lines.values()}
    return next(free for n in range(2, len(taken) + 3) if (free := f"{name} {n}") not in taken)


def find_moment(place: Place, at: Any, owner: object) -> tuple[Line, Moment]:
    """Return a moment, and the branch on which it is.

    A branch keeps its way when the run goes back to a moment that it has left: the moment is then
    on a branch of its own, which the place does not have yet.

    Args:
        place: all branches.
        at: a moment, or the number of an epoch of the current branch.
        owner: what the snapshots of the run have in common.

    Raises:
        KeyError: if there is no snapshot at the end of the epoch.
        TypeError, ValueError: if it is neither, or the moment is another run's.
    """
    if isinstance(at, Moment):
        if at.snapshot.owner is not owner:
            raise ValueError(f"{at!r} is a snapshot of another run")
        return _line_of(place, at), at
    if isinstance(at, bool) or not isinstance(at, int | np.integer):
        raise TypeError(f"a moment is a snapshot or the number of an epoch, not {at!r}")
    line = place.line
    ends = {m.epoch: m for m in reversed(line.moments) if not m.step_in_epoch}
    if at not in ends:
        there = ", ".join(map(str, sorted(ends)))
        raise BadKeyError(
            f"there is no snapshot at the end of epoch {at} on {line.name!r}: there are those of "
            f"{there or 'none'}"
        )
    return line, ends[int(at)]


def _line_of(place: Place, moment: Moment) -> Line:
    own = place.lines.get(moment.line)
    lines = [place.line, *([own] if own else []), *place.lines.values()]
    for line in lines:
        if moment in line.moments:
            return line
    if own is None:
        raise ValueError(f"the branch of {moment!r} was removed")
    if moment.replaced:
        moments = (*moment.before, moment)
        return Line(max(place.lines) + 1, free_name(place, own.name), moments, own.key)
    moments = tuple(sorted((*own.moments, moment), key=lambda moment: moment.steps))
    return own._replace(moments=moments)  # it was thinned
