"""The groups that a schedule governs, and those whose lr was set by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from ...types import Group
from ..groups import learning_rate
from ..labels import find_group, group_title
from ..multiple import AnyOptimizer

__all__ = ["Governor", "Groups", "choose", "governor", "is_overridden"]

Groups: TypeAlias = Iterable[int | str] | None  # indices or labels; None for all, also later ones

# The schedule that governs each group: the latest one created over it, while it is alive. The key
# is the id of the group, which is valid while the schedule holds a reference to the group.
_governors: WeakValueDictionary[int, Governor] = WeakValueDictionary()


def choose(optimizer: AnyOptimizer, groups: Groups) -> list[Group] | None:
    """Return the chosen live dicts, or None for all groups.

    The dicts, not their indices, since an index shifts when a MultipleOptimizer gets more groups.

    Raises:
        IndexError, KeyError: if there is no such group.
        ValueError: if ``groups`` is empty.
    """
    if groups is None:
        return None
    live = optimizer.param_groups
    which = [groups] if isinstance(groups, str | int) else groups
    chosen = [live[find_group(live, group)] for group in which]
    if not chosen:
        raise ValueError("groups is empty: name at least one group")
    return chosen


def is_overridden(group: Group, index: int = 0) -> bool:
    """Return whether a group's lr was set by hand: it is not what a schedule wrote last.

    Args:
        group: the group.
        index: its index, for the error message.

    Raises:
        KeyError, TypeError, ValueError: if the lr is invalid.
    """
    if "scheduled_lr" not in group:
        return False
    return learning_rate(index, group) != learning_rate(index, group, "scheduled_lr")


def governor(group: Group) -> Governor | None:
    """Return the schedule that governs a group, if any."""
    owner = _governors.get(id(group))
    return owner if owner is not None and owner.claims(group) else None


class Governor:
    """Base class of LRScheduler: knows the groups that it governs, and no others do."""

    optimizer: AnyOptimizer

    def _govern(self, optimizer: AnyOptimizer, groups: Groups) -> None:
        self.optimizer = optimizer
        self._only = choose(optimizer, groups)
        self._claimed: list[Group] = []

    def _governed(self) -> list[tuple[int, Group]]:
        """Return the governed groups with their indices; their learning rates are valid."""
        groups = enumerate(self.optimizer.param_groups)
        only = None if self._only is None else {id(group) for group in self._only}
        governed = [(i, group) for i, group in groups if only is None or id(group) in only]
        for i, group in governed:
            learning_rate(i, group)
            for key in ("initial_lr", "scheduled_lr"):
                if key in group:
                    learning_rate(i, group, key)
        return governed

    @property
    def governed(self) -> list[int]:
        """Indices of the groups that it governs."""
        return [i for i, _ in self._governed()]

    @property
    def governs_all(self) -> bool:
        """Whether it governs all groups, also those added later."""
        return self._only is None

    @property
    def base_lrs(self) -> list[float]:
        """The base lr of each group that it governs."""
        return [g["initial_lr" if "initial_lr" in g else "lr"] for _, g in self._governed()]

    @property
    def overridden(self) -> list[int]:
        """Indices of the groups that it leaves alone because their lr was set by hand."""
        return [i for i, group in self._governed() if is_overridden(group, i)]

    held = overridden  # the earlier name

    def follow(self, optimizer: AnyOptimizer) -> None:
        """Govern the groups of an optimizer that continues the current one with the same dicts.

        :func:`fineopt.optimizer.swap.swap` returns such an optimizer. A schedule without ``groups``
        also governs groups added later. It replaces any other schedule of these groups.
        """
        self.optimizer = optimizer
        self.claim([group for _, group in self._governed()])

    def claim(self, groups: Iterable[Group]) -> None:
        """Become the governor of groups."""
        for group in groups:
            if not self.claims(group):
                self._claimed = [*self._claimed, group]
            _governors[id(group)] = self

    def claims(self, group: Group) -> bool:
        """Return whether it has claimed a group."""
        return any(group is other for other in self._claimed)

    def skips(self, group: Group) -> bool:
        """Return whether it leaves the lr of a governed group as it is."""
        return False

    def parts(self) -> list[Any]:
        """Return this schedule and all schedules that it consists of."""
        return [self]

    def check(self) -> None:
        """Check that no other schedule governs the groups.

        Raises:
            ValueError: naming the group, the other schedule, and ways to compose the two.
            KeyError, TypeError, ValueError: if a group's lr is invalid.
        """
        for i, group in self._governed():
            other = governor(group)
            if other is not None and other is not self:
                raise ValueError(self._conflict(i, group, other))

    def _conflict(self, index: int, group: Group, other: Governor) -> str:
        own, its = type(self).__name__, type(other).__name__
        problem = f"{own} cannot set the lr of {group_title(index, group)}"
        if any(part is self for part in other.parts()):
            return f"{problem}: it is part of a {its}; step only the {its}"
        return (
            f"{problem}: a {its} created later governs it. To run one after the other, use "
            "SequentialLR(optimizer, [first, second], milestones=[...]); to multiply them, use "
            "LambdaLR(optimizer, lambda epoch: first.factor(epoch) * second.factor(epoch)); or "
            f"pass each its own groups=. If the {its} is no longer used, delete it, or call "
            f"follow(optimizer) on this {own}"
        )
