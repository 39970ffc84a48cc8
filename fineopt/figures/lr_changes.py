"""Changes of a group's learning rate, joined where they belong together, in bounded space.

They are read off the lr that each step used, so that a loop in plain Python is seen as well as a
scheduler or a hand, and a loaded record tells the same as a live one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fineopt.recorder import Change, Swap

from .text import elide, number

Floats = NDArray[np.float64]
FIRST, LAST, OLD, NEW, EVERY = range(5)  # the columns of a row, which becomes a Burst
ALIKE = 4  # changes that follow each other at a schedule differ by no more than this factor
QUICK, LONG = 4, 64  # so few steps apart a hand's changes may be too, but not for so many steps


class Burst(NamedTuple):
    """One change of a group's lr, or several that are told as one.

    That is a change by itself, changes in quick succession, such as a dragged slider makes, or, if
    ``every`` is not 0, at least three at even intervals and of about one size, as of a schedule.
    """

    group: int
    first: int  # steps done before the first change
    last: int  # and before the last
    old: float  # lr before the first change
    new: float  # lr after the last
    every: int = 0  # steps from one change to the next
    rule: str = ""  # not of its lr: the optimizer that moves it from here on

    @property
    def kind(self) -> str:
        """As `Change.kind`, over the whole burst."""
        return Change(self.last, self.group, self.old, self.new).kind

    @property
    def at(self) -> int:
        """Where it is marked: even changes where they begin, others where they have come to."""
        return self.first if self.every else self.last


def mark_text(group: str, burst: Burst, epoch: int | None = None) -> str:
    """Say in a few words what a burst is; ``epoch`` is how many steps one has.

    >>> mark_text('fc', Burst(group=1, first=186, last=186, old=0.01, new=0.0))
    'fc frozen'
    >>> mark_text('fc', Burst(1, first=62, last=620, old=0.1, new=0.01, every=62), epoch=62)
    'fc lr changes every epoch'
    >>> mark_text('fc', swapped(Swap(step=62, group=1, old='SGD', new='Adam')))
    'fc moved by Adam'
    """
    group = elide(group)
    if burst.rule:
        return f"{group} moved by {elide(burst.rule)}"
    if burst.every:
        whole = epoch is not None and burst.every % epoch == 0
        count, unit = (burst.every // epoch, "epoch") if whole and epoch else (burst.every, "step")
        return f"{group} lr changes every {unit if count == 1 else f'{count} {unit}s'}"
    if burst.kind == "lr":
        return f"{group} lr {number(burst.new)}"
    return (
        f"{group} frozen" if burst.kind == "frozen" else f"{group} thawed, lr {number(burst.new)}"
    )


def swapped(swap: Swap) -> Burst:
    """Return the mark of another optimizer."""
    return Burst(swap.group, swap.step, swap.step, math.nan, math.nan, rule=swap.new)


class Bursts:
    """The bursts of one group. They do not depend on when the lr was read.

    >>> bursts = Bursts(0)
    >>> bursts.extend(np.repeat([0.1, 0.08, 0.06, 0.04, 0.0], 10), since=1)
    True
    >>> for burst in bursts.told(gap=4):
    ...     print(burst)
    Burst(group=0, first=10, last=30, old=0.1, new=0.04, every=10, rule='')
    Burst(group=0, first=40, last=40, old=0.04, new=0.0, every=0, rule='')
    """

    def __init__(self, group: int) -> None:
        self.group = group
        self._closed = np.empty((0, 5))  # nothing can be added to these
        self._open = np.empty((0, 5))  # one row, if the newest change ends an even burst
        self._newest = np.empty((0, 3))  # the last two changes: step, old lr, new lr
        self._single = np.empty(0, bool)  # whether each of the two is in no even burst so far

    def extend(self, lr: Floats, since: int) -> bool:
        """Take in the lr of more steps; return whether it changed.

        Args:
            lr: that each step used, from the last one seen on; NaN where there was none.
            since: how many steps were done before the second of them.
        """
        before, after = lr[:-1], lr[1:]
        found = np.flatnonzero((before != after) & ~np.isnan(before) & ~np.isnan(after))
        if not len(found):
            return False
        new = np.column_stack([found + since, before[found], after[found]])
        changes = np.concatenate([self._newest, new])
        even = _even(changes)
        edges = np.diff(np.r_[False, even, False].astype(np.int8))
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + 1
        runs = _rows(changes, begins, ends)
        runs[:, EVERY] = changes[begins + 1, 0] - changes[begins, 0]
        if len(self._open) and even[0]:  # it goes on
            runs[0, [FIRST, OLD]] = self._open[0, [FIRST, OLD]]
        else:
            self._closed = np.concatenate([self._closed, self._open])
        single = np.r_[self._single, np.full(len(new), True)]
        for i in range(3):
            single[i : i + len(even)] &= ~even
        alone = np.flatnonzero(single[:-2])
        last = len(runs) - bool(len(even) and even[-1])
        closed = np.concatenate([_rows(changes, alone, alone), runs[:last]])
        order = np.argsort(closed[:, FIRST], kind="stable")
        self._closed = np.concatenate([self._closed, closed[order]])
        self._open = runs[last:]
        self._newest, self._single = changes[-2:], single[-2:]
        return True

    def told(self, gap: int) -> list[Burst]:
        """Return the bursts: not even ones are joined if no more than ``gap`` steps lie between.

        Even ones that are not longer than the gap count as not even, nor do short ones of quick
        changes, which may be a dragged slider's. So there are fewer than 4 a
        gap's length, and a greater gap joins what a smaller one would have joined before: what is
        joined once is forgotten, and ``gap`` may only grow.
        """
        self._closed = _joined(self._closed, gap)
        alone = np.flatnonzero(self._single)
        rows = np.concatenate([self._closed, self._open, _rows(self._newest, alone, alone)])
        told: list[Burst] = []
        before: Floats | None = None  # the last even one
        for row in _joined(rows, gap):
            # One that goes on after a hand has changed the lr, or turns, is told already.
            goes_on = (
                row[EVERY] > 0
                and before is not None
                and row[EVERY] == before[EVERY]
                and row[FIRST] - before[LAST] <= 2 * row[EVERY]
            )
            before = row if row[EVERY] else before
            if not goes_on:
                first, last, old, new, every = row.tolist()
                told.append(Burst(self.group, int(first), int(last), old, new, int(every)))
        return told


def _rows(changes: Floats, begins: NDArray[np.intp], ends: NDArray[np.intp]) -> Floats:
    """Make rows, not even, of the changes from each begin to the end that goes with it."""
    rows = np.zeros((len(begins), 5))
    rows[:, FIRST], rows[:, OLD] = changes[begins, 0], changes[begins, 1]
    rows[:, LAST], rows[:, NEW] = changes[ends, 0], changes[ends, 2]
    return rows


def _even(changes: Floats) -> NDArray[np.bool_]:
    """Return whether each change and the two after it come evenly: in time, and alike in size."""
    step, old, new = changes.T
    gap = np.diff(step)
    with np.errstate(all="ignore"):
        size = np.stack([new - old, np.log(new) - np.log(old)])  # a line's steps, an exponential's
        ratio = size[:, 1:] / size[:, :-1]
    moving = (old > 0) & (new > 0)  # to freeze and to thaw is never like anything else
    alike = ((ratio >= 1 / ALIKE) & (ratio <= ALIKE)).any(axis=0) & moving[1:] & moving[:-1]
    even: NDArray[np.bool_] = alike[1:] & alike[:-1] & (gap[1:] == gap[:-1])
    return even


def _joined(rows: Floats, gap: int) -> Floats:
    """Join rows that are not even, or not for long, where no more than a gap lies between."""
    if not len(rows):
        return rows
    least = np.where(rows[:, EVERY] <= QUICK, max(gap, LONG), gap)
    even = (rows[:, EVERY] > 0) & (rows[:, LAST] - rows[:, FIRST] > least)
    apart = rows[1:, FIRST] - rows[:-1, LAST] > gap
    begins = np.flatnonzero(np.r_[True, even[1:] | even[:-1] | apart])
    ends = np.r_[begins[1:], len(rows)] - 1
    joined = rows[begins]
    joined[:, LAST], joined[:, NEW] = rows[ends, LAST], rows[ends, NEW]
    joined[:, EVERY] *= even[begins]
    return joined
