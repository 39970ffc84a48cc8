"""A bounded summary of a growing record, updated by reading only what is new.

Charts draw from a `Summary`. It holds at most `LIMIT` buckets of steps, however long the run, so
that the last frame of a run of 100,000 steps costs no more than an early one. It depends only on
the record, not on when it was updated: live and static figures are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fineopt.recorder import Record
from fineopt.recorder.rounding import settle

from .lr_changes import LRChange, LRChanges, from_swap
from .scales import LARGEST, ceiling

LIMIT = 512  # buckets of steps, each at most two points of a line about 330 px wide
OPENING = 16  # steps whose losses define the usual range, before a run diverges
LOSS = 0  # its column in the envelope of the steps

T = TypeVar("T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Envelope:
    """Minimum, maximum and sum over consecutive buckets of steps, whose size grows by doubling.

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
        """Add further rows, of shape (steps, width). NaN is ignored by minimum and maximum."""
        if not len(rows):
            return
        while self.seen + len(rows) > self.size * self.limit:
            self._merge_pairs()
        bucket = np.arange(self.seen, self.seen + len(rows)) // self.size
        begins = np.flatnonzero(np.diff(bucket, prepend=-1))
        into = bucket[begins]
        self._low[into] = np.fmin(self._low[into], np.fmin.reduceat(rows, begins))
        self._high[into] = np.fmax(self._high[into], np.fmax.reduceat(rows, begins))
        # Clipped, because sums of the largest floats overflow.
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
        """The number of buckets in use; the last may be partly filled."""
        return -(-self.seen // self.size)

    @property
    def low(self) -> Floats:
        """The minimum of each bucket, of shape (count, width)."""
        return self._low[: self.count]

    @property
    def high(self) -> Floats:
        """The maximum of each bucket, of shape (count, width)."""
        return self._high[: self.count]

    @property
    def begins(self) -> Ints:
        """The number of steps before each bucket."""
        return np.arange(self.count) * self.size

    @property
    def ends(self) -> Ints:
        """The number of steps up to the end of each bucket."""
        return np.minimum((np.arange(self.count) + 1) * self.size, self.seen)  # type: ignore[no-any-return]

    def running_mean(self, buckets: int, column: int = 0) -> Floats:
        """Return the mean of a column over the steps of the trailing buckets (fewer at the start).

        Its shape is (count,).
        """
        padded = np.concatenate([np.zeros(buckets), self._total[: self.count, column]])
        windows = np.lib.stride_tricks.sliding_window_view(padded, buckets)
        first = np.maximum(np.arange(self.count) - buckets + 1, 0) * self.size
        return np.asarray(windows[1:].sum(axis=-1) / (self.ends - first))


class Summary:
    """The data of a record that the charts need, in bounded space.

    Attributes:
        steps: the envelope of the loss, of each group's positive lr, and of its lr of 0, in the
            columns `LOSS`, `rates` and `zeros`.
        lr_changes: the changes of all groups, in the order in which they are marked.
        first_lr: group -> the steps before its first lr, and that lr.
        usual: the largest finite loss, by absolute value, of the opening steps.
        broken: the first step whose loss is not finite, and that loss; None if there is none.
        edges: the positions on the x axis at which the buckets begin, and that of the last step.
        end: the end of the x axis.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self._begin()
        self.update()

    def _begin(self) -> None:
        record = self.record
        self.structure = self._structure()
        groups = len(record.groups)
        self.steps = Envelope(1 + 2 * groups)
        self.rates, self.zeros = slice(1, 1 + groups), slice(1 + groups, None)
        self._changes = [LRChanges(group) for group in range(groups)]
        self.lr_changes: list[LRChange] = []
        self._gap, self._swaps = 0, record.swaps
        self.first_lr: dict[int, tuple[int, float]] = {}
        self.usual = 0.0
        self.broken: tuple[int, float] | None = None
        self._made: dict[str, tuple[tuple[object, ...], Any]] = {}
        self._largest: dict[str, tuple[int, float]] = {}  # of the sums of so many epochs

    def _structure(self) -> tuple[Any, ...]:
        record = self.record
        return id(record), record.runs, *record.groups, *record.parameters.items()

    def once(self, what: str, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what was made for this key last time, or make it: most frames end no epoch."""
        if what not in self._made or self._made[what][0] != key:
            self._made[what] = key, make()
        made: T = self._made[what][1]
        return made

    def update(self) -> bool:
        """Read what is new; return whether it started over (after a reset, or for a new group)."""
        record, seen = self.record, self.steps.seen
        if restarted := self._structure() != self.structure:
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
        positive = np.where((lr > 0) & np.isfinite(lr), lr, np.nan)
        zero = np.where(lr == 0, 0.0, np.nan)
        # in one go: NumPy's calls, rather than the numbers, take the time
        self.steps.extend(np.column_stack([np.where(finite, loss, np.nan), positive, zero]))
        # 1/32 of the run, its length rounded up to a power of two, so that the gap grows rarely.
        gap = max(4, 2 ** math.ceil(math.log2(max(record.steps, 1))) // 32)
        since = max(seen, 1)
        rates = record.lr[since - 1 :].T
        changed = [
            changes.extend(lr, since) for changes, lr in zip(self._changes, rates, strict=True)
        ]
        if any(changed) or gap != self._gap or record.swaps != self._swaps:
            self._gap, self._swaps = gap, record.swaps
            merged = [change for changes in self._changes for change in changes.merged(gap)]
            merged += map(from_swap, record.swaps)
            self.lr_changes = sorted(merged, key=lambda change: (change.at, change.group))
        self.edges = self.x(np.append(self.steps.begins, self.steps.seen))
        self.end = self._end()
        return restarted

    def largest_sum(self, which: str) -> float:
        """Return the largest finite gradient sum by absolute value; 0 if there is none.

        Args:
            which: as in ``Record.grad_sums``.
        """
        seen, largest = self._largest.get(which, (0, 0.0))
        new = self.record.grad_sums(which)[0][seen:]
        sums = np.abs(settle(new, self.record.grad_sum_errors(which)[seen:]))
        largest = float(sums[np.isfinite(sums)].max(initial=largest))
        self._largest[which] = self.record.epochs, largest
        return largest

    @property
    def unit(self) -> str:
        """Return ``'epoch'``, the unit of x; ``'step'`` if an epoch's length is unknown."""
        return "step" if self.record.steps_per_epoch is None else "epoch"

    def x(self, steps: ArrayLike) -> Floats:
        """Convert numbers of steps to positions on the x axis."""
        return self.record.epochs_at(steps)

    def _end(self) -> float:
        """Return the end of the x axis: a round number, at least the position of the last step."""
        newest = float(self.edges[-1])
        end = ceiling(max(newest, 1.0 if self.unit == "epoch" else 10.0))
        return 2.0 if end == 1.5 else end
