"""Playing a trainer, as plain Python: no widget here, so it runs and is tested without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..training.trainer import Trainer
from .group import GroupController
from .groups import GroupControllers
from .optimizer import OptimizerController
from .playing.loop import OnLoop
from .run_state import RunState
from .schedule import ScheduleController
from .trainer_run import forget

__all__ = ["TrainingController"]


class TrainingController(RunState):
    """Plays, pauses, steps and resets a Trainer, as a task on the running event loop.

    A trainer has one ``player``, however many controllers: what one does, all of them show. Of two
    trainers that share parameters one plays at a time.

    Args:
        trainer: what to train.
        frames_per_second: how often listeners are told while it plays.

    ``on_frame`` holds functions that are called, with no arguments, after each change that a view
    should show. ``speed`` is the most steps it takes in a second, or None for as many as it can.
    ``schedule`` and ``optimizers`` choose what changes the learning rates and what moves each
    group.

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

    def __init__(self, trainer: Trainer, *, frames_per_second: float = 8) -> None:
        if not frames_per_second > 0:
            raise ValueError(f"frames_per_second must be above 0, not {frames_per_second!r}")
        super().__init__(trainer)
        self.frame = 1 / frames_per_second
        self.on_frame: list[Callable[[], None]] = []
        self.closed = False
        self.on_loop = OnLoop()
        self.group_controllers = GroupControllers(lambda: trainer.optimizer)
        self.schedule = ScheduleController(trainer, self.group_controllers)
        self.optimizers = OptimizerController(trainer)
        self.player.followers.join(self)

    @property
    def error(self) -> str | None:
        """What went wrong in the last step, in words."""
        return self.player.error

    @property
    def exception(self) -> BaseException | None:
        """What went wrong in the last step."""
        return self.player.exception

    @property
    def notice(self) -> str | None:
        """Why it paused, if nobody told it to."""
        return self.player.notice

    @property
    def groups(self) -> list[GroupController]:
        """A controller for each group there is now; each group keeps its own."""
        return self.group_controllers.now()

    def call(self, action: Callable[[], object]) -> None:
        """Run an action on the event loop's own thread: widgets may call from another.

        An error is kept in ``error`` for the view to show.
        """

        def guarded() -> None:
            try:
                action()
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                if self.exception is not error and self.notice is None:
                    self.player.fail(error)
                    self.player.followers.tell()

        self.on_loop.call(guarded)

    # ---- playing ----

    def play(self, *, epochs: int | None = None) -> None:
        """Train as a task beside whatever else the event loop runs.

        Args:
            epochs: stop after so many, the one under way being the first; go on and on if None.

        Raises:
            RuntimeError: if there is no running event loop (use ``trainer.run`` there), or the
                controller is closed.
        """
        if self.closed:
            raise RuntimeError("this panel is closed: make a new one of the same trainer")
        if self.playing:
            return
        try:
            self.on_loop.loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                "play needs a running event loop, as in Jupyter; in plain Python use "
                "trainer.run(epochs=...)"
            ) from None
        self.player.run.until = None if epochs is None else self.trainer.epoch + epochs
        self.player.play()

    def pause(self) -> None:
        """Stop playing; the step under way is finished."""
        self.player.pause()

    def sight(self, seen: bool) -> None:
        """Note whether it can be seen; a run that can't be seen anywhere any more pauses."""
        (self.player.followers.in_sight if seen else self.player.out_of_sight)(self)

    # ---- by hand ----

    def step(self) -> None:
        """Train on one mini-batch; while it plays, that is what happens anyway."""
        self.player.take()

    def run_epoch(self) -> None:
        """Train to the end of the epoch: as a task where an event loop runs, else at once."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            epoch = self.trainer.epoch
            self.player.take(lambda: self.trainer.epoch == epoch)
        else:
            self.play(epochs=1)

    def reset(self) -> None:
        """Stop, and go back to the start: network, optimizer, learning rates, data and record."""
        self.player.pause()
        self.player.take_over()
        self.player.ms_per_step = None
        self.trainer.reset()
        self.player.followers.begin_again()

    def close(self) -> None:
        """Let go of the views; stop, if no other controller follows the run."""
        self.closed = True
        self.player.leave(self)
        forget(self.player)
        self.on_loop.close()
        self.on_frame.clear()

    # ---- following ----

    def told(self) -> None:
        """Call all functions in ``on_frame``."""
        for show in list(self.on_frame):
            show()

    def begun_again(self) -> None:
        """Remember the groups' learning rates as they are at the start."""
        for group in self.groups:
            group.start_again()
