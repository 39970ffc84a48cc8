"""What is worth knowing of all rows together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..language import say
from .judging import Judged
from .row import Finding, Row
from .subject import Entry, Subject

__all__ = ["LARGE", "LOST", "SMALL", "find"]

# A healthy ratio of update to weight is about 1e-3 (Karpathy's lecture notes for CS231n).
LARGE, SMALL = 1e-1, 1e-6
LOST = 0.1  # of a parameter's numbers; a few tiny gradients are no reason to worry


def find(subject: Subject, entries: Sequence[Entry], judged: Sequence[Judged]) -> list[Finding]:
    """Return the findings, those about the setup first."""
    found = [*_setup(entries), *_network(subject, entries, judged), *_step(entries, judged)]
    found += [Finding(code, names, detail) for code, names, detail in subject.schedule_findings()]
    return [one for one in found if one.names]


def _names(entries: Sequence[Entry], which: Sequence[bool]) -> tuple[str, ...]:
    return tuple(e.names[0] for e, chosen in zip(entries, which, strict=True) if chosen)


def _setup(entries: Sequence[Entry]) -> Iterator[Finding]:
    def finding(code: str, which: Sequence[bool]) -> Finding:
        return Finding(code, _names(entries, which))

    yield finding("in no optimizer", [e.in_network and not e.holders for e in entries])
    yield finding("in two optimizers", [len(e.holders) > 1 for e in entries])
    yield finding("not in the network", [not e.in_network for e in entries])
    yield finding("attached but not optimized", [e.attached and not e.holders for e in entries])
    yield finding(
        "optimized but not attached",
        [bool(e.holders) and not e.attached and e.in_network for e in entries],
    )
    unread = {
        f"{holder.label}: {key}": None
        for e in entries
        for holder in e.holders
        for key in holder.unread
    }
    yield Finding("unread setting", tuple(unread))


def _step(entries: Sequence[Entry], judged: Sequence[Judged]) -> Iterator[Finding]:
    rows = [one.row for one in judged]

    def finding(code: str, which: Sequence[bool], detail: str = "") -> Finding:
        names = tuple(row.name for row, chosen in zip(rows, which, strict=True) if chosen)
        return Finding(code, names, detail)

    yield finding("stale gradient", [_is_stale(row) for row in rows])
    own = [row for entry, row in zip(entries, rows, strict=True) if entry.in_network]
    yield from _unreached(own)
    yield finding("zero gradients", [row.gradient == "zero" for row in rows])
    yield finding(
        "lr 0 with memory",
        [one.has_memory for one in judged],
    )
    yield finding("moves without gradient", [row.why == "momentum" for row in rows])
    yield finding("decay of the frozen", [row.why == "decay" for row in rows])
    lost = [row.rounded > LOST * row.size for row in rows]
    rounded = sum(row.rounded for row, is_lost in zip(rows, lost, strict=True) if is_lost)
    total = sum(row.size for row, is_lost in zip(rows, lost, strict=True) if is_lost)
    yield finding(
        "rounded to nothing",
        lost,
        say("{rounded:,} of {total:,} numbers", rounded=rounded, total=total),
    )
    yield finding("nonfinite gradient", [row.gradient in ("nan", "inf") for row in rows])
    yield finding("update too large", [_is_beyond(row, 1) for row in rows])
    yield finding("update too small", [_is_beyond(row, -1) for row in rows])
    yield finding("not predictable", [row.why == "unpredictable" for row in rows])


def _is_stale(row: Row) -> bool:
    return not row.attached and row.gradient != "None"


def _is_beyond(row: Row, side: int) -> bool:
    is_matrix = sum(length > 1 for length in row.shape) > 1  # biases begin at 0: any step is large
    if row.why != "gradient" or row.ratio is None or not is_matrix:
        return False
    return row.ratio > LARGE if side > 0 else 0 < row.ratio < SMALL


def _unreached(rows: Sequence[Row]) -> Iterator[Finding]:
    lost = [row.why == "unreached" for row in rows]
    seen = [row.age > 0 for row in rows]
    here = tuple(r.name for r, a, b in zip(rows, lost, seen, strict=True) if a and not b)
    again = tuple(r.name for r, a, b in zip(rows, lost, seen, strict=True) if a and b)
    # In order of definition: everything up to a layer without gradients means a cut behind it.
    front = 0
    optimized = [row for row in rows if row.attached]
    while front < len(optimized) and optimized[front].why == "unreached":
        front += 1
    detail = ""
    if 0 < front < len(optimized) and all(r.why != "unreached" for r in optimized[front:]):
        cut, goes_on = optimized[front - 1].name, optimized[front].name
        detail = say(
            "all up to {cut}: the graph is cut between {cut} and {goes_on}",
            cut=cut,
            goes_on=goes_on,
        )
    yield Finding("not reached", here, detail)
    yield Finding("not reached this time", again)


def _network(
    subject: Subject, entries: Sequence[Entry], judged: Sequence[Judged]
) -> Iterator[Finding]:
    frozen = {
        id(entry.parameter)
        for entry, one in zip(entries, judged, strict=True)
        if not one.row.moves and one.row.why != "unknown" and (not entry.attached or not one.row.lr)
    }
    layers = subject.moving_statistics()
    names = [name for name, own in layers if all(id(p) in frozen for p in own)]
    yield Finding("moving statistics", tuple(names))
    yield Finding("hidden parameters", tuple(subject.hidden()))
