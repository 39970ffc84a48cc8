"""Where branches came apart, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from ..language import say, translatable, translated
from ..recorder import Record
from ..types import Array
from ..wording import one_line, pad, short_number, width
from .moment import Moment
from .places import Line, Place

__all__ = ["Row", "Table", "compare"]

HEADS = (
    translatable("branch"),
    translatable("from"),
    translatable("fork"),
    translatable("group"),
    translatable("apart since"),
    translatable("compared at"),
    translatable("distance"),
    translatable("accuracy"),
)
CELL = "text-align:left;vertical-align:top;padding:2px 10px 2px 0"


class Row(NamedTuple):
    """A group of a branch beside the same group of the branch it came from.

    Args:
        branch, parent: their names.
        fork: the last moment that they share.
        group: the group's name.
        since: the first epoch at whose end a recorded value differs; None if none does.
        at: the epoch at whose end they are compared, the last that both have; None if there is
            none after the fork.
        distance: the Euclidean norm of the difference of the group's parameters at that epoch,
            relative to that of the parent's: 0 if no bit differs. NaN if it is not known.
        accuracy: that of the branch less that of the parent at that epoch; None if not known.
        whole: whether all elements were compared; otherwise those that the record keeps.
    """

    branch: str
    parent: str
    fork: Moment
    group: str
    since: int | None
    at: int | None
    distance: float
    accuracy: float | None
    whole: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """Describe the row."""
        missing = self.at is None
        return (
            one_line(self.branch),
            one_line(self.parent),
            repr(self.fork).strip("<>"),
            one_line(self.group),
            "" if missing else say("never" if self.since is None else "epoch {n}", n=self.since),
            "" if missing else say("epoch {n}", n=self.at),
            ""
            if missing
            else say(
                "{distance}" if self.whole else "{distance} (sample)",
                distance=short_number(self.distance),
            ),
            ""
            if self.accuracy is None
            else say("{difference:+.1f} points", difference=100 * self.accuracy),
        )


class Table(tuple[Row, ...]):
    """Rows that print as a table, with what is not exact below it."""

    limits: Sequence[str] = ()

    def __str__(self) -> str:
        lines = [tuple(map(translated, HEADS)), *(row.cells for row in self)]
        widths = [max(width(line[i]) for line in lines) for i in range(len(HEADS))]
        text = [
            "  ".join(pad(c, w) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        if not self:
            text.append(say("(there is one branch)"))
        return "\n".join([*text, *map(_not_exact, self.limits)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col" style="{CELL}">{escape(translated(cell))}</th>' for cell in HEADS
        )
        body = "".join(
            "<tr>"
            + "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in row.cells)
            + "</tr>"
            for row in self
        )
        below = "".join(f"<p>{escape(_not_exact(limit))}</p>" for limit in self.limits)
        return (
            '<div style="overflow-x:auto" tabindex="0" role="region" '
            f'aria-label="{escape(say("branches"))}">'
            f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>{below}"
        )


def _not_exact(limit: str) -> str:
    return say("not exact: {limit}", limit=limit)


def compare(place: Place, live: Record, limits: Sequence[str]) -> Table:
    """Compare each branch to the one it came from.

    Args:
        place: all branches.
        live: the record of the run, which is that of the current branch.
        limits: what is not exact.
    """
    table = Table(row for line in place.lines.values() for row in _rows(place, line, live))
    table.limits = list(limits)
    return table


def _rows(place: Place, line: Line, live: Record) -> Iterator[Row]:
    fork = place.fork(line)
    if line.parent is None or fork is None:
        return
    parent = place.lines[line.parent]
    mine, its = (
        live if one.key == place.current else one.moments[-1].record for one in (line, parent)
    )
    epochs = min(mine.epochs, its.epochs)
    pair = _at_epoch(line, epochs), _at_epoch(parent, epochs)
    past = epochs > fork.epoch or (epochs == fork.epoch and not fork.step_in_epoch)
    accuracies = [record.epoch_accuracy[epochs - 1] if epochs else None for record in (mine, its)]
    here, there = accuracies
    for index, group in enumerate(its.groups):
        names = [
            name
            for name, owner in its.parameters.items()
            if owner == index and name in mine.parameters
        ]
        kept = [(mine.epoch_values(name), its.epoch_values(name)) for name in names]
        whole = all(moment is not None for moment in pair)
        values = (
            [tuple(moment.snapshot.value(name) for moment in pair if moment) for name in names]
            if whole
            else [(a[epochs], b[epochs]) for a, b in kept]
        )
        yield Row(
            line.name,
            parent.name,
            fork,
            group,
            _since(kept, epochs, fork.epoch),
            epochs if past else None,
            _distance(values),
            here - there if past and here is not None and there is not None else None,
            whole,
        )


def _at_epoch(line: Line, epoch: int) -> Moment | None:
    return next((m for m in line.moments if m.epoch == epoch and not m.step_in_epoch), None)


def _since(kept: Sequence[tuple[Array, Array]], epochs: int, first: int) -> int | None:
    for epoch in range(first, epochs + 1):
        for mine, its in kept:
            if not np.array_equal(mine[epoch], its[epoch], equal_nan=True):
                return epoch
    return None


def _distance(pairs: Sequence[Any]) -> float:
    """Return the norm of the differences, relative to the norm of the second ones."""
    if not pairs:
        return float("nan")
    mine, its = (
        np.concatenate([np.ravel(pair[side]).astype(float) for pair in pairs]) for side in (0, 1)
    )
    if np.array_equal(mine, its, equal_nan=True):
        return 0.0
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(mine - its) / np.linalg.norm(its))
