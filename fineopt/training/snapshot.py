"""Everything a run depends on at one moment, restored to the bit."""

from __future__ import annotations

from typing import Any

from .. import random
from ..atomic import Change
from ..optimizer.schedules.base import LRScheduler
from .engine import Engine
from .feed import Feed
from .native_state import refilling

__all__ = ["Snapshot"]


class Snapshot:
    """The states of engine, schedule, data and random numbers, and the live objects they belong to.

    Args:
        engine: the network and what moves it.
        feed: the data.
        schedule: of the learning rates, if there is one.
    """

    def __init__(self, engine: Engine, feed: Feed, schedule: LRScheduler | None) -> None:
        self.engine = engine.capture()
        self._feed, self._data = feed, feed.state()
        self.step_in_epoch: int = (self._data or {}).get("position", 0)
        self.schedule = schedule
        self._schedule_state = None if schedule is None else schedule.state_dict()
        self._schedule_vars = {} if schedule is None else dict(vars(schedule))
        self._random = random.get_state()

    def check(self) -> None:
        """Check that the snapshot can be restored.

        Raises:
            ValueError, RuntimeError: as :meth:`EngineState.check` does.
        """
        self.engine.check()

    def restoring(self, *, grads: bool = False) -> list[Change]:
        """Return the changes that restore the engine, and what the schedule holds.

        Args:
            grads: whether gradients are restored too; otherwise they become None.
        """
        changes = self.engine.restoring(grads=grads)
        if self.schedule is not None:  # a swap may have led it to another optimizer
            changes += refilling(vars(self.schedule), self._schedule_vars)
        return changes

    def finish(self) -> None:
        """Restore what only ``load_state_dict`` can; calling it again does no harm.

        Raises:
            Exception: what the dataloader raises if it cannot restore its state.
        """
        if self._data is not None:  # first, as the one that may fail
            self._feed.load(self._data)
        self.engine.finish()
        if self.schedule is not None and self._schedule_state is not None:
            self.schedule.follow(self._schedule_vars["optimizer"])  # and so do its parts
            self.schedule.load_state_dict(self._schedule_state)
        random.set_state(self._random)

    def state_dict(self) -> dict[str, Any]:
        """Return all states as plain dicts, numbers, strings and arrays.

        The engine's have the keys ``parameters``, ``buffers``, ``optimizer`` and ``gm``; beside
        them are ``schedule``, ``data`` and ``random``, None where there is nothing to save.
        """
        return {
            **self.engine.state_dict(),
            "schedule": self._schedule_state,
            "data": self._data,
            "random": self._random,
        }
