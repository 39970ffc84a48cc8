"""Everything a run depends on at one moment, restored to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import random
from ..atomic import Change
from ..optimizer.schedules.base import LRScheduler
from .engine import Engine
from .feed import Feed
from .native_state import refilling
from .recording import RunRecorder

__all__ = ["Snapshot"]


class Snapshot:
    """The states of a run's parts at one moment, and the live objects they belong to.

    Args:
        engine: the network and what moves it.
        feed: the data.
        recorder: the record.
        schedule: of the learning rates, if there is one.
        schedule_every: after what the schedule is stepped.
    """

    def __init__(
        self,
        engine: Engine,
        feed: Feed,
        recorder: RunRecorder,
        schedule: LRScheduler | None,
        schedule_every: str,
    ) -> None:
        self.engine = engine.capture()
        self._feed, self._data = feed, feed.state()
        self.step_in_epoch: int = (self._data or {}).get("position", feed.step_in_epoch)
        self._recorder, self._recorded = recorder, recorder.capture()
        self.schedule, self.schedule_every = schedule, schedule_every
        self._schedule_state = None if schedule is None else schedule.state_dict()
        self._schedule_vars = {} if schedule is None else dict(vars(schedule))
        self._random = random.get_state()

    @property
    def record(self) -> Mapping[str, Any]:
        """The state of the record, as ``Record.state_dict`` returns it."""
        state: Mapping[str, Any] = self._recorded[0]
        return state

    def limits(self) -> list[str]:
        """Return what cannot be restored exactly; empty if everything can."""
        if self._data is None:
            return ["the dataloader has no state_dict: the order of the data is not restored"]
        return []

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

    def finish(self, *, restart: bool = False) -> None:
        """Restore what only ``load_state_dict`` can; calling it again does no harm.

        Args:
            restart: whether the record is cleared; otherwise it is restored.

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
        if restart:
            self._recorder.restart()
        else:
            self._recorder.restore(self._recorded)

    def state_dict(self) -> dict[str, Any]:
        """Return all states as plain dicts, numbers, strings and arrays.

        The engine's have the keys ``parameters``, ``buffers``, ``optimizer`` and ``gm``; beside
        them are ``schedule``, ``data``, ``random`` and ``record``, None where there is nothing to
        save.
        """
        return {
            **self.engine.state_dict(),
            "schedule": self._schedule_state,
            "data": self._data,
            "random": self._random,
            "record": self.record,
        }
