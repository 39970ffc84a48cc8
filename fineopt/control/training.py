"""Plays a trainer, in plain Python: it runs and is tested without widgets."""

from __future__ import annotations

import asyncio
import math

import numpy as np
from numpy.typing import NDArray

from ..language import say
from ..timeline import Timeline
from ..training.trainer import Trainer
from .branches import BranchesController, timeline_of
from .optimizer import OptimizerController
from .param_groups.group import GroupController
from .param_groups.groups import GroupControllers
from .param_groups.kept_rate import KeptRate
from .playing.controller import RunController
from .playing.trainer_run import TrainerRun, player_of, release_player
from .schedule import CONSTANT, ScheduleController

__all__ = ["TrainingController"]


class TrainingController(RunController[TrainerRun]):
    """Plays, pauses, steps and resets a Trainer, as a task on the running event loop.

    A trainer has one ``player``, however many controllers: what one does, all of them show. Of two
    trainers that share parameters, only one plays at a time.

    Args:
        trainer: the trainer to play.
        timeline: of the trainer; one that all its controllers share if None, in bounded memory.
        frames_per_second: how often views are updated while it plays.

    ``on_frame`` holds functions that are called, without arguments, after each change that a view
    should show. ``speed`` is the maximum number of steps per second, or None for no limit.
    ``schedule`` and ``optimizers`` choose what changes the learning rates and what updates each
    group; ``branches`` rewinds the run and lets it branch.

    Raises:
        TypeError, ValueError: if frames_per_second is not above 0, or the timeline is another
            trainer's.

    >>> import numpy as np
    >>> from fineopt import data, models, optimizer
    >>> digits = data.dataset.ArrayDataset(np.zeros((8, 1, 32, 32)), np.arange(8))
    >>> loader = data.DataLoader(digits, data.SequentialSampler(digits, batch_size=4))
    >>> net = models.LeNet()
    >>> controller = TrainingController(Trainer(net, optimizer.SGD(net.parameters(), 0.1), loader))
    >>> controller.step()
    >>> controller.place()
    'epoch 1, step 1 of 2'
    """

    alternative = "trainer.run(epochs=...)"

    def __init__(
        self,
        trainer: Trainer,
        *,
        timeline: Timeline | None = None,
        frames_per_second: float = 8,
    ) -> None:
        timeline = timeline_of(trainer, timeline)  # may raise, before anything follows the run
        super().__init__(player_of(trainer), frames_per_second)
        self.branches = BranchesController(timeline, self._leave, self._arrive)
        self.trainer = trainer
        self.group_controllers = GroupControllers(lambda: trainer.optimizer)
        self.schedule = ScheduleController(trainer, self.group_controllers)
        self.optimizers = OptimizerController(trainer)

    @property
    def groups(self) -> list[GroupController]:
        """A controller for each current group; each group keeps its own."""
        return self.group_controllers.now()

    # ---- playing ----

    def play(self, *, epochs: int | None = None) -> None:
        """Train as a task, alongside everything else on the event loop.

        Args:
            epochs: how many epochs to train, including the current one; no limit if None.

        Raises:
            RuntimeError: if there is no running event loop (use ``trainer.run`` there), or the
                controller is closed.
        """
        if not self.playing:
            self.player.run.until = None if epochs is None else self.trainer.epoch + epochs
        super().play()

    def run_epoch(self) -> None:
        """Train to the end of the epoch: as a task if an event loop runs, otherwise at once."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            epoch = self.trainer.epoch
            self.player.step(lambda: self.trainer.epoch == epoch)
        else:
            self.play(epochs=1)

    def reset(self) -> None:
        """Stop, and go back to the start: network, optimizer, learning rates, data and record."""
        self._leave()
        self.trainer.reset()
        self._arrive()

    def _leave(self) -> None:
        """Stop, so that the run can be taken elsewhere."""
        self.player.pause()
        self.player.take_over()
        self.player.ms_per_step = None

    def _arrive(self) -> None:
        self.player.followers.restart()

    def again(self) -> None:
        """Go back to the start, with the learning rates as they are now.

        A group that is frozen stays frozen. A schedule that was chosen here starts anew, from the
        learning rates from which it started. Everything else is as after :meth:`reset`. The run
        that there was is kept as a branch.
        """
        kept = [KeptRate.of(group) for group in self.groups]
        name, epochs = self.schedule.name, self.schedule.epochs
        self._leave()
        self.branches.keep_run()
        self.trainer.reset()
        self._arrive()
        now = {id(group.group): group for group in self.groups}
        pairs = [(rate, now[rate.group]) for rate in kept if rate.group in now]
        if self.schedule.name == CONSTANT or name == CONSTANT or epochs is not None:
            self.schedule.choose(CONSTANT)
            for rate, group in pairs:
                group.lr = rate.base
            if epochs is not None:
                self.schedule.choose(name, epochs)
        for rate, group in pairs:
            rate.set_by_hand(group)

    def on_restart(self) -> None:
        """Remember the groups' learning rates as they are where the run was taken."""
        rates = self.trainer.record.lr
        for group in self.groups:
            known = rates[:, group.index] if group.index < rates.shape[1] else rates[:0, 0]
            group.restart(next((float(lr) for lr in known[::-1] if lr > 0), None))

    def close(self) -> None:
        """Release the views; pause, unless another controller follows the run."""
        super().close()
        release_player(self.player)

    # ---- progress ----

    @property
    def ms_per_step(self) -> float | None:
        """Milliseconds per step, averaged over about the last 20; None before the first."""
        return self.player.ms_per_step

    def progress(self) -> tuple[int, int | None]:
        """Return the steps done in this epoch, and the steps per epoch (None if unknown)."""
        return self.trainer.step_in_epoch, self.trainer.steps_per_epoch

    def place(self) -> str:
        """Describe the run's progress: epoch and step."""
        step, steps = self.progress()
        return say(
            "epoch {epoch}, step {step} of {steps}" if steps else "epoch {epoch}, step {step}",
            epoch=self.trainer.epoch + 1,
            step=step,
            steps=steps,
        )

    def seconds_left(self) -> float | None:
        """Return the time remaining in seconds, to the last epoch's end or, if none, this one's.

        None while it is unknown, or the run does not play.
        """
        step, steps = self.progress()
        pace, until = self.player.pace.seconds, self.player.run.until
        if not self.playing or pace is None or steps is None:
            return None
        more = 0 if until is None else max(0, until - self.trainer.epoch - 1)
        return (steps - step + more * steps) * pace

    def status(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs: loss, accuracy, ms per step, time left, where known."""
        record = self.trainer.record
        pairs = []
        if record.steps:
            pairs.append((say("loss"), _loss(record.loss[-20:])))
        if (accuracy := record.newest_accuracy) is not None:
            pairs.append((say("test accuracy"), f"{accuracy:.1%}"))
        if self.ms_per_step is not None:
            pairs.append((say("time per step"), f"{self.ms_per_step:.1f} ms"))
        left = self.seconds_left()
        if left is not None and left >= 2:
            what = say("left in this epoch" if self.player.run.until is None else "left")
            pairs.append((what, say("about {time}", time=_duration(left))))
        return pairs


def _loss(recent: NDArray[np.float64]) -> str:
    """Format the mean of the latest losses, and say what the last means if it is no number."""
    if math.isnan(recent[-1]):
        return say("NaN: not a number, so neither are the parameters any longer")
    if math.isinf(recent[-1]):
        return say("infinite: the parameters have run away")
    return f"{recent[np.isfinite(recent)].mean():.3f}"


def _duration(seconds: float) -> str:
    """Format a time in the unit that is easiest to read."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
