"""Playing a trainer, as plain Python: no widget here, so it runs and is tested without one."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from time import perf_counter

from ..threads import one_blas_thread
from ..training import Trainer
from .group_controller import GroupController
from .group_controllers import GroupControllers
from .loop import OnLoop
from .optimizer_controller import OptimizerController
from .run_state import RunState
from .schedule_controller import ScheduleController

__all__ = ["TrainingController"]

SHARE = 0.12  # of the steps' time, at most, goes into frames: slow ones come less often


class TrainingController(RunState):
    """Plays, pauses, steps and resets a Trainer, as a task on the running event loop.

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
        self.error: str | None = None  # what went wrong in the last step, in words
        self.exception: BaseException | None = None
        self.closed = False
        self.on_loop = OnLoop()
        self.group_controllers = GroupControllers(lambda: trainer.optimizer)
        self.schedule = ScheduleController(trainer, self.group_controllers)
        self.optimizers = OptimizerController(trainer)
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

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
            except Exception as error:
                self._fail(error)

        self.on_loop.call(guarded)

    # ---- playing ----

    @property
    def playing(self) -> bool:
        """Whether it trains by itself now."""
        return self._task is not None

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
        if self._task is None:
            try:
                loop = self.on_loop.loop = asyncio.get_running_loop()
            except RuntimeError:
                raise RuntimeError(
                    "play needs a running event loop, as in Jupyter; in plain Python use "
                    "trainer.run(epochs=...)"
                ) from None
            self._clear_error()
            self._until = None if epochs is None else self.trainer.epoch + epochs
            self._pace = None
            self._stopping = False
            self._task = loop.create_task(self._train())
            self._task.add_done_callback(self._stopped)
            self._tell()

    def pause(self) -> None:
        """Stop playing; the step under way is finished."""
        if self._task is not None:
            self._stopping = True
            self._task.cancel()

    async def _train(self) -> None:
        shown, cost = perf_counter(), 0.0
        with one_blas_thread:
            while self._until is None or self.trainer.epoch < self._until:
                begin = perf_counter()
                self.on_loop.catch_up()  # a slider that was moved counts from this step on
                if self._stopping:
                    return
                self._timed_step()
                pause = self._left(begin)
                due = max(self.frame, cost / SHARE)
                if (now := perf_counter()) - shown >= due or pause > self.frame:
                    self._tell()
                    shown = perf_counter()
                    cost = shown - now
                await asyncio.sleep(self._left(begin))  # lets sliders, buttons and other cells in
                took = perf_counter() - begin
                self._pace = took if self._pace is None else 0.95 * self._pace + 0.05 * took

    def _stopped(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)
        else:
            self._tell()

    # ---- by hand ----

    def step(self) -> None:
        """Train on one mini-batch; while it plays, that is what happens anyway."""
        if not self.playing:
            self._clear_error()
            with one_blas_thread:
                self._timed_step()
            self._tell()

    def run_epoch(self) -> None:
        """Train to the end of the epoch: as a task where an event loop runs, else at once."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._clear_error()
            with one_blas_thread:
                self.trainer.run_epoch()
            self._tell()
        else:
            self.play(epochs=1)

    def reset(self) -> None:
        """Stop, and go back to the start: network, optimizer, learning rates, data and record."""
        self.pause()
        self._clear_error()
        self.ms_per_step = None
        self.trainer.reset()
        for group in self.groups:
            group.start_again()
        self._tell()

    def close(self) -> None:
        """Stop for good, and let go of the views."""
        self.closed = True
        self.pause()
        self.on_loop.close()
        self.on_frame.clear()

    def _timed_step(self) -> None:
        begin = perf_counter()
        self.trainer.step()
        ms = (perf_counter() - begin) * 1e3
        # a running mean over some 20 steps, so that the number can be read
        self.ms_per_step = ms if self.ms_per_step is None else 0.95 * self.ms_per_step + 0.05 * ms

    # ---- telling ----

    def _tell(self) -> None:
        for show in list(self.on_frame):
            show()

    def _fail(self, error: BaseException) -> None:
        self.exception = error
        self.error = "".join(traceback.format_exception_only(error)).strip()
        self._tell()

    def _clear_error(self) -> None:
        self.error = self.exception = None
