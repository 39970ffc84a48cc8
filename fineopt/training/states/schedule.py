"""The state of a schedule at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...atomic import Change
from ...optimizer.schedules.base import LRScheduler
from ...types import Group
from .savepoint import refilling

__all__ = ["ScheduleState"]

KNOWN = {"optimizer", "current_epoch", "_only", "_claimed", "schedulers"}


class ScheduleState(NamedTuple):
    """A schedule at one moment, and after what it is stepped."""

    schedule: LRScheduler | None
    every: str
    state: Mapping[str, Any] | None
    attributes: dict[str, Any]

    @classmethod
    def of(cls, schedule: LRScheduler | None, every: str) -> ScheduleState:
        """Capture a schedule."""
        if schedule is None:
            return cls(None, every, None, {})
        return cls(schedule, every, schedule.state_dict(), dict(vars(schedule)))

    def restoring(self) -> list[Change]:
        """Return the changes that restore its attributes: a swap may have led it elsewhere."""
        return [] if self.schedule is None else refilling(vars(self.schedule), self.attributes)

    def finish(self) -> None:
        """Govern the groups again, and so do its parts."""
        if self.schedule is not None and self.state is not None:
            self.schedule.follow(self.attributes["optimizer"])
            self.schedule.load_state_dict(self.state)

    def state_dict(
        self, groups: Sequence[Group], start: LRScheduler | None
    ) -> dict[str, Any] | None:
        """Return the state by name, with the numbers of the groups that it governs.

        Args:
            groups: the live groups, in the order by which they are numbered.
            start: the schedule that the run began with, whose functions need not be saved.

        Raises:
            TypeError: if it is made of functions, or of what a file cannot hold.
        """
        if self.schedule is None:
            return None
        made = _form(self.schedule, self.attributes, groups, known=self.schedule is start)
        return {**made, "state": self.state}


def _form(
    schedule: LRScheduler, attributes: Mapping[str, Any], groups: Sequence[Group], *, known: bool
) -> dict[str, Any]:
    name, parts = type(schedule).__name__, attributes.get("schedulers", [])
    others = set(attributes) - KNOWN - set(schedule.checks)
    if others and not known:
        raise TypeError(
            f"a {name} that was made during the run cannot be saved, as it holds "
            f"{', '.join(sorted(others))}. Give it to the Trainer as schedule="
        )
    only = attributes["_only"]
    return {
        "class": name,
        "known": known,
        "only": None if only is None else _numbers(only, groups),
        "claimed": _numbers(attributes["_claimed"], groups),
        "parts": [_form(part, vars(part), groups, known=known) for part in parts],
    }


def _numbers(some: Sequence[Group], groups: Sequence[Group]) -> list[int]:
    return [i for i, group in enumerate(groups) if any(group is one for one in some)]
