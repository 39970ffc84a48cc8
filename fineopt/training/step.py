"""One step of training, taken whole or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakMethod

from ..atomic import Change, commit
from ..optimizer.schedules.base import LRScheduler
from .engine import Batches, Engine, Savepoint
from .feed import Feed
from .recording import RunRecorder

__all__ = ["StepLoop"]


class StepLoop:
    """Takes the steps of a run one by one and records them.

    Before a step a savepoint is captured. A step, with the end of its epoch if it ends one, is
    worked out first and then committed in one go; whatever is raised before, an interrupt included,
    is followed by a rollback to the savepoint, and the next step takes the same mini-batch.
    """

    engine: Engine
    test_data: Batches | None
    schedule: LRScheduler | None
    schedule_every: str

    def __init__(self, engine: Engine, feed: Feed, recorder: RunRecorder) -> None:
        self.engine, self._feed, self._recorder = engine, feed, recorder
        self._savepoint: Savepoint | None = None  # of a step that has not come to its end
        self._followers: list[Callable[[], Callable[[], object] | None]] = []
        self._told = True  # whether they know of the last epoch's end

    def follow(self, follower: Callable[[], object]) -> None:
        """Call a method at the end of each epoch, for as long as its object lives.

        After an interrupt it may be called again, or before the next step only.
        """
        living = [known for known in self._followers if known() is not None]
        self._followers = [*living, WeakMethod(follower)]

    def _tell(self) -> None:
        """Call the followers at an epoch's end, after it was committed."""
        if not self._told:
            for known in self._followers:
                if (follower := known()) is not None:
                    follower()
            self._told = True

    def step(self) -> float:
        """Train on the next mini-batch and return its loss.

        A step is recorded, with the end of its epoch if it ends one, or it is undone: whatever is
        raised, by the test after an epoch too, the next call takes the same mini-batch again.

        Raises:
            Exception: what the network, the data, the optimizer or the test raise.

        Warns:
            UserWarning: if the dataloader yields fewer mini-batches than its length; the epoch ends
                with the last of them.
        """
        if not self._draw():
            self._end_short_epoch()
            self._draw()
        return self._train()

    def next_batch(self) -> tuple[Any, Any] | None:
        """Return the mini-batch of the next step, without taking the step.

        None where the dataloader has ended the epoch before its time; the next step then begins
        another.
        """
        return self._feed.current if self._draw() else None

    def _draw(self) -> bool:
        self._settle()
        self._tell()
        return self._feed.draw(self._begin_epoch, self._is_under_way)

    def _begin_epoch(self) -> None:
        self.engine.check_parameters(known=True, stacklevel=6)

    def _is_under_way(self) -> bool:
        """Return whether the epoch has steps already."""
        return self._recorder.record.steps_in_epoch > 0

    def _settle(self) -> None:
        """Finish what an interrupt cut off, in case it came twice."""
        self._rollback()

    def _train(self) -> float:
        try:
            self._savepoint = self.engine.savepoint()
            value, changes = self._trained()
            commit([*changes, partial(setattr, self, "_savepoint", None)])
        except BaseException:
            self._rollback()
            raise
        self._tell()
        return value

    def _rollback(self) -> None:
        """Undo a step, or an epoch's end, that was cut off."""
        if self._savepoint is not None:
            undo = self._savepoint.restoring()
            commit([*undo, partial(setattr, self, "_savepoint", None)])
            self.engine.release()

    def _trained(self) -> tuple[float, list[Change]]:
        """Move the parameters; return the loss, and the changes that record the step."""
        if self.schedule is not None:
            self.schedule.check()  # before anything moves
        engine, recorder = self.engine, self._recorder
        loss = engine.backward(*self._feed.current)
        rates = recorder.rates()
        engine.step()
        recorder.add_new_groups()
        ends = self._feed.is_last
        accuracy = self._tested() if ends else None
        changes = recorder.stepping(loss, rates, ends=ends, accuracy=accuracy)
        if ends or self.schedule_every == "step":
            self._step_schedule()
        told = partial(vars(self).update, _told=not ends)
        return loss, [*changes, self._feed.advancing(ends=ends), told]

    def _tested(self) -> float | None:
        return None if self.test_data is None else self.evaluate()

    def _step_schedule(self) -> None:
        if self.schedule is not None:
            assert self._savepoint is not None
            self._savepoint.add(vars(self.schedule), *self.engine.groups)
            self.schedule.step()

    def _end_short_epoch(self) -> None:
        """End the epoch under way, whose mini-batches are exhausted before its time."""
        done, promised = self._feed.step_in_epoch, self._feed.steps_per_epoch
        try:
            self._savepoint = self.engine.savepoint()
            changes = self._recorder.ending(self._tested())
            if self.schedule_every == "epoch":
                self._step_schedule()
            now: dict[str, Any] = {"_savepoint": None, "_told": False}
            commit([*changes, self._feed.restarting(), partial(vars(self).update, now)])
        except BaseException:
            self._rollback()
            raise
        self._tell()
        warnings.warn(
            f"the dataloader yielded {done} mini-batches, but its length is {promised}: epoch "
            f"{self._recorder.record.epochs} ended after them",
            stacklevel=3,
        )

    def evaluate(self) -> float:
        """Return the accuracy on test_data, from 0 to 1.

        Raises:
            TypeError: if labels are not integers.
            ValueError: if there is no test_data, or it is exhausted, or there is not one label for
                each sample.
        """
        if self.test_data is None:
            raise ValueError("there is nothing to test on: give the Trainer test_data=")
        right, count = self.engine.evaluate(self.test_data)
        if not count:
            raise ValueError(
                "test_data yields no mini-batches. A generator can be used only once: give a list "
                "or a DataLoader"
            )
        return right / count
