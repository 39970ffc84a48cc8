"""Changes of param groups: their learning rates, and the optimizers that update them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .columns import Floats


class Change(NamedTuple):
    """A change of a group's learning rate after ``step`` steps; that step still used ``old``.

    >>> Change(step=186, group=1, old=0.01, new=0.0).kind
    'frozen'
    """

    step: int
    group: int
    old: float
    new: float

    @property
    def kind(self) -> str:
        """``'frozen'`` (to 0), ``'thawed'`` (from 0), or ``'lr'`` for any other change."""
        return "frozen" if self.new == 0 else "thawed" if self.old == 0 else "lr"


class Swap(NamedTuple):
    """A change of the optimizer that updates a group, after ``step`` steps."""

    step: int
    group: int
    old: str
    new: str


def find_changes(lr: Floats, since: int = 1) -> list[Change]:
    """Return the changes in a column of learning rates that took effect after ``since`` steps."""
    since = max(since, 1)
    before, after = lr[since - 1 : -1], lr[since:]
    differs = (before != after) & ~np.isnan(before) & ~np.isnan(after)
    return [
        Change(int(row) + since, int(group), float(before[row, group]), float(after[row, group]))
        for row, group in np.argwhere(differs)
    ]


def merge_swap(swaps: tuple[Swap, ...], swap: Swap) -> tuple[Swap, ...]:
    """Append a swap; swaps of a group at the same step become one, or none if they cancel out."""
    same = [s for s in swaps if (s.step, s.group) == (swap.step, swap.group)]
    merged = swap._replace(old=same[0].old) if same else swap
    others = tuple(s for s in swaps if s not in same)
    return others if merged.old == merged.new else (*others, merged)
