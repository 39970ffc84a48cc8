"""A bounded summary of a growing record, kept up to date by reading only what is new.

Charts draw from a `Digest`. However long the run, it holds at most `LIMIT` buckets of steps, so
that the last frame of a run of 100,000 steps costs no more than an early one. It depends on the
record alone, not on when it was updated: live and static figures show the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fineopt.recorder import Record

from .lr_changes import Burst, Bursts, swapped
from .style import LARGEST, ceiling

LIMIT = 512  # buckets of steps: each becomes at most two points of a line some 330 px wide
OPENING = 16  # steps whose losses say what is usual, before a run diverges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Envelope:
    """Least, greatest and total of consecutive buckets of steps, the buckets growing by doubling.

    >>> envelope = Envelope(width=1, limit=2)
    >>> envelope.extend(np.array([[3.0], [1.0], [2.0]]))
    >>> envelope.size, envelope.low.ravel(), envelope.high.ravel(), envelope.ends
    (2, array([1., 2.]), array([3., 2.]), array([2, 3]))
    """

    def __init__(self, width: int, limit: int = LIMIT) -> None:
        self.limit, self.size, self.seen = limit, 1, 0
        self._low, self._high = np.full((2, limit, width), np.nan)
        self._total = np.zeros((limit, width))

    def extend(self, rows: Floats) -> None:
        """Take in the rows, shape (steps, width), that follow those seen. NaN has no extremes."""
        if not len(rows):
            return
        while self.seen + len(rows) > self.size * self.limit:
            self._merge_pairs()
        bucket = np.arange(self.seen, self.seen + len(rows)) // self.size
        begins = np.flatnonzero(np.diff(bucket, prepend=-1))
        into = bucket[begins]
        self._low[into] = np.fmin(self._low[into], np.fmin.reduceat(rows, begins))
        self._high[into] = np.fmax(self._high[into], np.fmax.reduceat(rows, begins))
        # Sums of the greatest floats would be infinite.
        self._total[into] += np.add.reduceat(np.clip(rows, -LARGEST, LARGEST), begins)
        self.seen += len(rows)

    def _merge_pairs(self) -> None:
        half, self.size = self.limit // 2, 2 * self.size
        for column, merge, empty in (
            (self._low, np.fmin, np.nan),
            (self._high, np.fmax, np.nan),
            (self._total, np.add, 0.0),
        ):
            column[:half] = merge(column[0::2], column[1::2])
            column[half:] = empty

    @property
    def count(self) -> int:
        """Buckets in use; the last may be part full."""
        return -(-self.seen // self.size)

    @property
    def low(self) -> Floats:
        """The least of each bucket, shape (count, width)."""
        return self._low[: self.count]

    @property
    def high(self) -> Floats:
        """The greatest of each bucket, shape (count, width)."""
        return self._high[: self.count]

    @property
    def begins(self) -> Ints:
        """How many steps were done before each bucket."""
        return np.arange(self.count) * self.size

    @property
    def ends(self) -> Ints:
        """How many steps were done after each bucket."""
        return np.minimum((np.arange(self.count) + 1) * self.size, self.seen)  # type: ignore[no-any-return]

    def running_mean(self, buckets: int) -> Floats:
        """Mean over the steps of so many trailing buckets (fewer at the start)."""
        padded = np.concatenate([np.zeros((buckets, self._total.shape[1])), self._total])
        windows = np.lib.stride_tricks.sliding_window_view(
            padded[: buckets + self.count], buckets, 0
        )
        first = np.maximum(np.arange(self.count) - buckets + 1, 0) * self.size
        return np.asarray(windows[1:].sum(axis=-1) / (self.ends - first)[:, None])


class Digest:
    """What the charts need to know of a record, in bounded space."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._begin()
        self.update()

    def _begin(self) -> None:
        record = self.record
        self.structure = self._structure()
        groups = len(record.groups)
        self.loss, self.lr, self.zero = Envelope(1), Envelope(groups), Envelope(groups)
        self._bursts = [Bursts(group) for group in range(groups)]
        self.bursts: list[Burst] = []  # of all groups, in the order in which they are marked
        self._gap, self._swaps = 0, record.swaps
        self.first_lr: dict[int, tuple[int, float]] = {}  # group -> steps done before, lr
        self.usual = 0.0  # greatest finite loss (by size) of the opening steps
        self.broken: tuple[int, float] | None = None  # first step with a loss that is not finite

    def _structure(self) -> tuple[Any, ...]:
        record = self.record
        return id(record), record.runs, *record.groups, *record.parameters.items()

    def update(self) -> bool:
        """Read what is new; return whether it had to begin anew (a reset, another group)."""
        record, seen = self.record, self.loss.seen
        if anew := self._structure() != self.structure:
            self._begin()
            seen = 0
        loss, lr = record.loss[seen:], record.lr[seen:]
        finite = np.isfinite(loss)
        if self.broken is None and not finite.all():
            at = int(np.argmin(finite))
            self.broken = seen + at + 1, float(loss[at])
        if seen < OPENING:
            opening = record.loss[:OPENING]
            self.usual = float(np.abs(opening[np.isfinite(opening)]).max(initial=0.0))
        for group in range(len(record.groups)):
            if (
                group not in self.first_lr
                and (known := np.flatnonzero(~np.isnan(lr[:, group]))).size
            ):
                self.first_lr[group] = seen + int(known[0]), float(lr[known[0], group])
        self.loss.extend(np.where(finite, loss, np.nan)[:, None])
        self.lr.extend(np.where((lr > 0) & np.isfinite(lr), lr, np.nan))
        self.zero.extend(np.where(lr == 0, 0.0, np.nan))
        # A gap of 1/32 of the run, the run rounded up to a power of two: it grows seldom.
        gap = max(4, 2 ** math.ceil(math.log2(max(record.steps, 1))) // 32)
        since = max(seen, 1)
        rates = record.lr[since - 1 :].T
        changed = [bursts.extend(lr, since) for bursts, lr in zip(self._bursts, rates, strict=True)]
        if any(changed) or gap != self._gap or record.swaps != self._swaps:
            self._gap, self._swaps = gap, record.swaps
            told = [burst for bursts in self._bursts for burst in bursts.told(gap)]
            told += map(swapped, record.swaps)
            self.bursts = sorted(told, key=lambda burst: (burst.at, burst.group))
        self.end = self._end()
        return anew

    @property
    def unit(self) -> str:
        """Of the x axis: ``'epoch'``, or ``'step'`` while an epoch's length is unknown."""
        return "step" if self.record.steps_per_epoch is None else "epoch"

    def x(self, steps: ArrayLike) -> Floats:
        """Place counts of done steps on the x axis."""
        return self.record.epochs_at(steps)

    def _end(self) -> float:
        """Find where the x axis ends: a round number, not below the newest step's place."""
        newest = float(self.x(self.record.steps))
        end = ceiling(max(newest, 1.0 if self.unit == "epoch" else 10.0))
        return 2.0 if end == 1.5 else end
