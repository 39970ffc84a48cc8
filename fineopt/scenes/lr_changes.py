"""Changes of a group's learning rate, with related changes merged, in bounded space.

Changes are found in the lr that each step used. Hence those made by a plain Python loop, by a
scheduler and by hand all count, and a loaded record gives the same changes as a live one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fineopt.recorder import Change, Swap

from ..language import say
from .text import elide, format_number

Floats = NDArray[np.float64]
FIRST, LAST, OLD, NEW, EVERY = range(5)  # the columns of a row, which becomes an LRChange
ALIKE = 4  # consecutive changes of a schedule differ in size by at most this factor
# Changes at most QUICK steps apart may also come from a dragged slider, unless they go on for more
# than LONG steps.
QUICK, LONG = 4, 64


class LRChange(NamedTuple):
    """A change of a group's lr, or consecutive changes merged into one.

    Merged are changes in quick succession, such as those of a dragged slider, and, with ``every``
    not 0, three or more changes of similar size at regular intervals, such as those of a schedule.
    """

    group: int
    first: int  # steps before the first change
    last: int  # steps before the last change
    old: float  # lr before the first change
    new: float  # lr after the last
    every: int = 0  # steps between changes, if regular
    optimizer: str = ""  # the group's new optimizer, if that changed instead of its lr

    @property
    def kind(self) -> str:
        """The kind, as in `Change.kind`, from the first old to the last new lr."""
        return Change(self.last, self.group, self.old, self.new).kind

    @property
    def at(self) -> int:
        """The steps before its mark: the first of regular changes, the last of others."""
        return self.first if self.every else self.last


def mark_text(group: str, change: LRChange, epoch: int | None = None) -> str:
    """Describe a change in a few words; ``epoch`` is the number of steps per epoch.

    >>> mark_text('fc', LRChange(group=1, first=186, last=186, old=0.01, new=0.0))
    'fc frozen'
    >>> mark_text('fc', LRChange(1, first=62, last=620, old=0.1, new=0.01, every=62), epoch=62)
    'fc lr changes every epoch'
    >>> mark_text('fc', from_swap(Swap(step=62, group=1, old='SGD', new='Adam')))
    'fc optimizer: Adam'
    """
    group = elide(group)
    if change.optimizer:
        return say("{group} optimizer: {name}", group=group, name=elide(change.optimizer))
    if change.every:
        if epoch and change.every % epoch == 0:
            count = change.every // epoch
            return say(
                "{group} lr changes every epoch"
                if count == 1
                else "{group} lr changes every {count} epochs",
                group=group,
                count=count,
            )
        return say(
            "{group} lr changes every step"
            if change.every == 1
            else "{group} lr changes every {count} steps",
            group=group,
            count=change.every,
        )
    if change.kind == "frozen":
        return say("{group} frozen", group=group)
    return say(
        "{group} thawed, lr {lr}" if change.kind == "thawed" else "{group} lr {lr}",
        group=group,
        lr=format_number(change.new),
    )


def from_swap(swap: Swap) -> LRChange:
    """Return the change that marks a new optimizer."""
    return LRChange(swap.group, swap.step, swap.step, math.nan, math.nan, optimizer=swap.new)


class LRChanges:
    """The merged changes of one group, whatever the pieces in which its lr is read.

    >>> changes = LRChanges(0)
    >>> changes.extend(np.repeat([0.1, 0.08, 0.06, 0.04, 0.0], 10), since=1)
    True
    >>> for change in changes.merged(gap=4):
    ...     print(change)
    LRChange(group=0, first=10, last=30, old=0.1, new=0.04, every=10, optimizer='')
    LRChange(group=0, first=40, last=40, old=0.04, new=0.0, every=0, optimizer='')
    """

    def __init__(self, group: int) -> None:
        self.group = group
        self._closed = np.empty((0, 5))  # rows that cannot grow any more
        self._open = np.empty((0, 5))  # one row, if the newest change is part of a regular sequence
        self._newest = np.empty((0, 3))  # the last two changes: step, old lr, new lr
        self._single = np.empty(0, bool)  # whether each of the two is outside regular sequences

    def extend(self, lr: Floats, since: int) -> bool:
        """Read the lr of further steps; return whether it changed.

        Args:
            lr: the lr of each step, from the last step read on; NaN where the group had none.
            since: the number of steps before the second of them.
        """
        before, after = lr[:-1], lr[1:]
        found = np.flatnonzero((before != after) & ~np.isnan(before) & ~np.isnan(after))
        if not len(found):
            return False
        new = np.column_stack([found + since, before[found], after[found]])
        changes = np.concatenate([self._newest, new])
        regular = _regular(changes)
        edges = np.diff(np.r_[False, regular, False].astype(np.int8))
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + 1
        runs = _rows(changes, begins, ends)
        runs[:, EVERY] = changes[begins + 1, 0] - changes[begins, 0]
        if len(self._open) and regular[0]:  # the open sequence continues
            runs[0, [FIRST, OLD]] = self._open[0, [FIRST, OLD]]
        else:
            self._closed = np.concatenate([self._closed, self._open])
        single = np.r_[self._single, np.full(len(new), True)]
        for i in range(3):
            single[i : i + len(regular)] &= ~regular
        alone = np.flatnonzero(single[:-2])
        last = len(runs) - bool(len(regular) and regular[-1])
        closed = np.concatenate([_rows(changes, alone, alone), runs[:last]])
        order = np.argsort(closed[:, FIRST], kind="stable")
        self._closed = np.concatenate([self._closed, closed[order]])
        self._open = runs[last:]
        self._newest, self._single = changes[-2:], single[-2:]
        return True

    @property
    def size(self) -> int:
        """The number of rows kept."""
        return len(self._closed) + len(self._open) + len(self._newest)

    def merged(self, gap: int) -> list[LRChange]:
        """Return the changes; irregular ones at most ``gap`` steps apart are merged.

        Regular sequences no longer than the gap count as irregular, and so do short ones of quick
        changes, which may come from a dragged slider. Hence there are fewer than 4 changes per gap,
        and a larger gap merges whatever a smaller one does. Merging is permanent: ``gap`` must
        not decrease.
        """
        self._closed = _merge(self._closed, gap)
        alone = np.flatnonzero(self._single)
        rows = np.concatenate([self._closed, self._open, _rows(self._newest, alone, alone)])
        found: list[LRChange] = []
        before: Floats | None = None  # the last regular sequence
        for row in _merge(rows, gap):
            # A sequence that continues after a change by hand, or a turn, is already listed.
            continues = (
                row[EVERY] > 0
                and before is not None
                and row[EVERY] == before[EVERY]
                and row[FIRST] - before[LAST] <= 2 * row[EVERY]
            )
            before = row if row[EVERY] else before
            if not continues:
                first, last, old, new, every = row.tolist()
                found.append(LRChange(self.group, int(first), int(last), old, new, int(every)))
        return found


def _rows(changes: Floats, begins: NDArray[np.intp], ends: NDArray[np.intp]) -> Floats:
    """Make irregular rows of the changes from each begin to its end."""
    rows = np.zeros((len(begins), 5))
    rows[:, FIRST], rows[:, OLD] = changes[begins, 0], changes[begins, 1]
    rows[:, LAST], rows[:, NEW] = changes[ends, 0], changes[ends, 2]
    return rows


def _regular(changes: Floats) -> NDArray[np.bool_]:
    """Return whether each change and the next two are at equal intervals and of similar size."""
    step, old, new = changes.T
    gap = np.diff(step)
    with np.errstate(all="ignore"):
        size = np.stack(
            [new - old, np.log(new) - np.log(old)]
        )  # constant for linear, for exponential decay
        ratio = size[:, 1:] / size[:, :-1]
    moving = (old > 0) & (new > 0)  # freezing and thawing are similar to no other change
    alike = ((ratio >= 1 / ALIKE) & (ratio <= ALIKE)).any(axis=0) & moving[1:] & moving[:-1]
    regular: NDArray[np.bool_] = alike[1:] & alike[:-1] & (gap[1:] == gap[:-1])
    return regular


def _merge(rows: Floats, gap: int) -> Floats:
    """Merge irregular rows, and short regular ones, that are at most a gap apart."""
    if not len(rows):
        return rows
    least = np.where(rows[:, EVERY] <= QUICK, max(gap, LONG), gap)
    regular = (rows[:, EVERY] > 0) & (rows[:, LAST] - rows[:, FIRST] > least)
    apart = rows[1:, FIRST] - rows[:-1, LAST] > gap
    begins = np.flatnonzero(np.r_[True, regular[1:] | regular[:-1] | apart])
    ends = np.r_[begins[1:], len(rows)] - 1
    merged = rows[begins]
    merged[:, LAST], merged[:, NEW] = rows[ends, LAST], rows[ends, NEW]
    merged[:, EVERY] *= regular[begins]
    return merged
