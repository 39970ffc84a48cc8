"""Which groups a schedule governs, and which of them it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from ...types import Group
from ..groups import learning_rate
from ..labels import find_group
from ..multiple import AnyOptimizer

__all__ = ["Groups", "choose", "claim", "governor", "is_held"]

Groups: TypeAlias = Iterable[int | str] | None  # indices or labels; None for all, also later ones


# Which schedule sets a group's lr: the one made last over it, as long as it lives. By the id of the
# group, which is the group's own as long as the schedule holds it.
_governors: WeakValueDictionary[int, Any] = WeakValueDictionary()


def claim(schedule: Any, groups: Sequence[Group]) -> None:
    """Let a schedule be the one that sets the lr of some groups."""
    several = {id(group): group for group in (*schedule._claimed, *groups)}
    schedule._claimed = list(several.values())
    for number in map(id, groups):
        _governors[number] = schedule


def governor(group: Group) -> Any:
    """Return the schedule that sets the lr of a group; None if there is none that lives."""
    owner = _governors.get(id(group))
    claimed = [] if owner is None else owner._claimed
    return owner if any(group is other for other in claimed) else None


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


def is_held(group: Group, index: int = 0) -> bool:
    """Whether its lr has been set by hand: it is not what a schedule last wrote.

    Raises:
        KeyError, TypeError, ValueError: for an lr that can't be, calling it that of the group of
            that index.
    """
    if "scheduled_lr" not in group:
        return False
    return learning_rate(index, group) != learning_rate(index, group, "scheduled_lr")
