"""A group's learning rate, kept while its run goes back to the start."""

from __future__ import annotations

from typing import NamedTuple

from .group import GroupController

__all__ = ["KeptRate"]


class KeptRate(NamedTuple):
    """What is kept of a group's learning rate.

    Args:
        group: the id of the group, a live dict.
        base: the lr from which its schedule started, or its own.
        by_hand: the lr, if it was set by hand, not by a schedule.
        remembered: what a frozen group gets back.
    """

    group: int
    base: float
    by_hand: float | None
    remembered: float

    @classmethod
    def of(cls, group: GroupController) -> KeptRate:
        """Return what is to be kept of a group."""
        free = not group.scheduled or group.overridden
        base = float(group.group["initial_lr"]) if group.scheduled else group.lr
        return cls(id(group.group), base, group.lr if free else None, group.remembered)

    def set_by_hand(self, group: GroupController) -> None:
        """Set the lr again; one that a schedule had set is left to the schedule."""
        if self.by_hand is not None:
            if self.by_hand == 0:  # what it gets back when it is unfrozen
                group.lr = self.remembered
            group.lr = self.by_hand
