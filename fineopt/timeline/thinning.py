"""Which moments a timeline keeps when there are too many, or they take too much memory."""

from __future__ import annotations

from .moment import Moment, megabytes
from .places import Place

__all__ = ["thinned"]


def thinned(place: Place, keep: int, limit: float) -> Place:
    """Return a place with at most so many moments and MB, if the protected ones allow it.

    The first moment of each branch, forks, the newest moment of each branch and the position stay.
    Of the others the one goes first whose neighbours are closest to each other, so that what is
    left is spread evenly.
    """
    kept = list(place.moments())
    while len(kept) > keep or megabytes(kept) > limit:
        least = _least(place)
        if least is None:
            break
        kept.remove(least)
        lines = {
            key: line._replace(moments=tuple(m for m in line.moments if m is not least))
            for key, line in place.lines.items()
        }
        place = place._replace(lines=lines)
    return place


def _least(place: Place) -> Moment | None:
    lines = place.lines.values()
    protected = {line.moments[0] for line in lines} | {line.moments[-1] for line in lines}
    protected |= {fork for line in lines if (fork := place.fork(line)) is not None}
    protected.add(place.position)
    gaps: dict[Moment, int] = {}
    for line in lines:
        for before, moment, after in zip(
            line.moments, line.moments[1:], line.moments[2:], strict=False
        ):
            if moment not in protected:
                gap = after.steps - before.steps
                gaps[moment] = min(gap, gaps.get(moment, gap))
    return min(gaps, key=lambda moment: (gaps[moment], moment.steps), default=None)
