"""Everything a run depends on at one moment, restored to the bit."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ...atomic import Change
from ...nested import arrays_in, is_equal
from ...optimizer.schedules.base import LRScheduler
from ...types import Array, Group
from ..description import description
from ..engine import EngineState
from ..feed import Feed
from ..recording import Recorded, RunRecorder
from ..run import epochs_of, steps_of
from .schedule import ScheduleState
from .streams import get_streams, set_streams
from .tested import Tested

__all__ = ["Snapshot"]


class Snapshot:
    """The states of a run's parts at one moment, and the live objects they belong to.

    Args:
        engine: the state of the network and what moves it.
        feed: the data.
        data: the state of the dataloader, None if it has none.
        step_in_epoch: the number of steps taken in the epoch.
        recorder: the record.
        recorded: the state of the record.
        schedule: of the learning rates.
        streams: the states of the random streams.
        tested: what it is tested on.
    """

    def __init__(
        self,
        engine: EngineState,
        feed: Feed,
        data: Mapping[str, Any] | None,
        step_in_epoch: int,
        recorder: RunRecorder,
        recorded: Recorded,
        schedule: ScheduleState,
        streams: Mapping[str, Any],
        tested: Tested,
    ) -> None:
        self.engine, self._schedule, self._random = engine, schedule, streams
        self.feed, self._data, self.step_in_epoch = feed, data, step_in_epoch
        self._loader = {"dataloader": feed.dataloader, "steps_per_epoch": feed.steps_per_epoch}
        if step_in_epoch and feed.source is not feed.dataloader:  # replaced within an epoch
            self._loader["running"] = feed.source
        self._next = feed.next_state()
        self.recorder, self._recorded = recorder, recorded
        self.tested = tested

    @classmethod
    def of(
        cls,
        engine: EngineState,
        feed: Feed,
        recorder: RunRecorder,
        schedule: LRScheduler | None,
        schedule_every: str,
        tested: Tested,
    ) -> Snapshot:
        """Capture a run between two steps; the engine's state is captured already."""
        data = feed.state()
        step = (data or {}).get("position", feed.step_in_epoch)
        scheduled = ScheduleState.of(schedule, schedule_every)
        recorded, streams = recorder.capture(), get_streams()
        return cls(engine, feed, data, step, recorder, recorded, scheduled, streams, tested)

    @property
    def schedule(self) -> LRScheduler | None:
        """The schedule of the learning rates."""
        return self._schedule.schedule

    @property
    def schedule_every(self) -> str:
        """After what the schedule is stepped."""
        return self._schedule.every

    @property
    def record(self) -> Mapping[str, Any]:
        """The state of the record, as ``Record.state_dict`` returns it."""
        return self._recorded.state

    @property
    def groups(self) -> list[Group]:
        """The live groups in the record's order, in which later ones come last."""
        return self._recorded.groups

    @property
    def steps(self) -> int:
        """The number of steps of the run."""
        return steps_of(self.record)

    @property
    def epochs(self) -> int:
        """The number of finished epochs."""
        return epochs_of(self.record)

    @property
    def owner(self) -> object:
        """What all snapshots of a run have in common, and no others."""
        return self.feed

    def is_same_as(self, other: Snapshot) -> bool:
        """Return whether both are of the same state, gradients and callbacks aside."""
        here, there = (
            [s._data, s._random, s._schedule.state, s.step_in_epoch, s.steps, s.tested.state]
            for s in (self, other)
        )
        return (
            self.engine.is_same_as(other.engine)
            and self.schedule is other.schedule
            and self.schedule_every == other.schedule_every
            and self._loader["dataloader"] is other._loader["dataloader"]
            and self.tested.data is other.tested.data
            and self.record["header"] == other.record["header"]
            and is_equal(here, there)
        )

    def value(self, name: str) -> Array:
        """Return a parameter's value, which must not be written to."""
        return self.engine.value(name)

    def check(self) -> None:
        """Check that the snapshot can be restored.

        Raises:
            ValueError, RuntimeError: as :meth:`EngineState.check` does.
        """
        self.engine.check()

    def restoring(self) -> list[Change]:
        """Return the changes that restore the engine, the place, and what the schedule holds."""
        feed = self.feed.restarting(self.step_in_epoch, **self._loader)
        return [*self.engine.restoring(), *self._schedule.restoring(), feed]

    def finish(self, *, restart: bool = False) -> list[Change]:
        """Restore what only ``load_state_dict`` can; calling it again does no harm.

        Args:
            restart: whether the record is cleared; otherwise it is restored.

        Returns:
            Changes to commit: a schedule that is loaded writes the learning rates of all groups,
            also of one that was added since its last step.

        Raises:
            Exception: what the dataloader raises if it cannot restore its state.
        """
        self.tested.finish()  # before the data, which may be the same
        if self._data is not None:  # early, as the one that may fail
            self.feed.load(dict(self._data))
        if self._next is not None:
            self.feed.dataloader.load_state_dict(copy.deepcopy(self._next))  # type: ignore[attr-defined]
        self.engine.finish()
        self._schedule.finish()
        set_streams(self._random)
        if restart:
            self.recorder.restart()
        else:
            self.recorder.restore(self._recorded)
        return [*self.engine.restoring(), *self._schedule.restoring()]

    def arrays(self) -> Iterator[Array]:
        """Yield the arrays that the snapshot keeps alive."""
        yield from self.engine.arrays()
        yield from arrays_in([self._data, self._random, self.record, self.tested.state])

    def state_dict(self, start: Snapshot) -> dict[str, Any]:
        """Return all states as plain dicts, numbers, strings and read-only arrays.

        Args:
            start: the first snapshot of the run, by which another run can tell whether it was made
                likewise.

        Raises:
            TypeError: if something cannot be saved, such as a schedule made of functions.
        """
        if "running" in self._loader:
            raise TypeError(
                "the dataloader was replaced within an epoch, which cannot be saved: save at the "
                "end of the epoch"
            )
        self.engine.check_functions(start.engine)
        return {
            "start": description(start.engine.state_dict(start.groups), start.schedule),
            **self.engine.state_dict(self.groups),
            "schedule": self._schedule.state_dict(self.groups, start.schedule),
            "schedule_every": self.schedule_every,
            "data": self._data,
            "step_in_epoch": self.step_in_epoch,
            "random": self._random,
            "tested": self.tested.state_dict(start.tested),
            "record": self.record,
        }
