"""Which groups a schedule governs, and which of them it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from .labels import find_group
from .multiple import AnyOptimizer
from .types import Group

__all__ = ["Groups", "choose", "is_held"]

Groups: TypeAlias = Iterable[int | str] | None  # indices or labels; None for all, also later ones


def choose(optimizer: AnyOptimizer, groups: Groups) -> list[Group] | None:
    """Return the live dicts themselves, since an index shifts when several optimizers grow.

    Raises:
        IndexError, KeyError: for a group that there isn't.
        ValueError: for none at all.
    """
    if groups is None:
        return None
    live = optimizer.param_groups
    several = [groups] if isinstance(groups, str | int) else groups
    chosen = [live[find_group(live, which)] for which in several]
    if not chosen:
        raise ValueError("groups is empty: name at least one group")
    return chosen


def is_held(group: Group) -> bool:
    """Whether its lr has been set by hand: it is not what a schedule last wrote."""
    return "scheduled_lr" in group and bool(group["lr"] != group["scheduled_lr"])
