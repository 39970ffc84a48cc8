"""What panels do, as plain Python: no widget here, so all of it runs and is tested without one."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..optimizer.checks import nonnegative
from ..optimizer.labels import group_label, group_title
from ..threads import one_blas_thread
from ..training import Trainer

__all__ = ["GroupController", "TrainingController"]

REMEMBERED = 0.01  # the lr that a group gets when it thaws and never had one


class GroupController:
    """The learning rate of one param group: set it, freeze it, give it back.

    It holds the live group itself, so that code and panel see each other's changes.

    Args:
        optimizer: with live ``param_groups``.
        index: which group.

    >>> from fineopt import Parameter, optimizer
    >>> sgd = optimizer.SGD([Parameter([1.0, 2.0])], lr=0.05)
    >>> group = GroupController(sgd, 0)
    >>> group.frozen = True
    >>> sgd.param_groups[0]["lr"], group.remembered
    (0.0, 0.05)
    >>> group.frozen = False
    >>> group.lr
    0.05
    """

    def __init__(self, optimizer: Any, index: int) -> None:
        self.optimizer, self.index = optimizer, index
        self._remembered = self.lr or REMEMBERED

    @property
    def group(self) -> dict[str, Any]:
        """The live dict of the group."""
        group: dict[str, Any] = self.optimizer.param_groups[self.index]
        return group

    @property
    def label(self) -> str:
        """What the group is called."""
        return group_label(self.optimizer.param_groups, self.index)

    @property
    def rule(self) -> str:
        """The name of the optimizer that moves the group."""
        return type(self.optimizer.optimizer_of(self.index)).__name__

    @property
    def counts(self) -> tuple[int, int]:
        """How many parameters the group has, and how many numbers they hold."""
        params = self.group["params"]
        return len(params), sum(p.size for p in params)

    @property
    def lr(self) -> float:
        """The learning rate that the next step uses.

        Raises:
            TypeError, ValueError: when set to no number, or a negative or infinite one.
        """
        return self.group["lr"]  # type: ignore[no-any-return]

    @lr.setter
    def lr(self, value: float) -> None:
        try:
            nonnegative(value)
        except (TypeError, ValueError) as wrong:
            title = group_title(self.index, self.group)
            raise type(wrong)(f"{title}: lr {wrong}") from None
        self._remember()
        self.group["lr"] = float(value)

    def _remember(self) -> None:
        if self.lr > 0:
            self._remembered = self.lr

    @property
    def remembered(self) -> float:
        """The newest learning rate above 0: what the group gets back when it thaws."""
        self._remember()
        return self._remembered

    @property
    def frozen(self) -> bool:
        """Whether the learning rate is 0; set it to freeze the group or to give its lr back."""
        return self.lr == 0

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        if frozen != self.frozen:
            self.lr = 0.0 if frozen else self.remembered

    def words(self) -> str:
        """Say the learning rate in words."""
        was = self.remembered
        return f"frozen (was {was:.4g})" if self.frozen else f"learning rate {self.lr:.4g}"


class TrainingController:
    """Plays, pauses, steps and resets a Trainer, as a task on the running event loop.

    Args:
        trainer: what to train.
        frames_per_second: how often listeners are told while it plays.

    ``on_frame`` holds functions that are called, with no arguments, after each change that a view
    should show.
    """

    def __init__(self, trainer: Trainer, *, frames_per_second: float = 8) -> None:
        if not frames_per_second > 0:
            raise ValueError(f"frames_per_second must be above 0, not {frames_per_second!r}")
        self.trainer = trainer
        self.frame = 1 / frames_per_second
        self.on_frame: list[Callable[[], None]] = []
        self.error: str | None = None  # what went wrong in the last step, in words
        self.exception: BaseException | None = None
        self.ms_per_step: float | None = None
        self.closed = False
        self._groups: list[GroupController] = []
        self._task: asyncio.Task[None] | None = None
        try:  # made in a notebook's cell: the kernel's main loop
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    @property
    def groups(self) -> list[GroupController]:
        """A controller for each group there is now; each group keeps its own."""
        known = self._groups
        optimizer = self.trainer.optimizer
        del known[len(optimizer.param_groups) :]
        while len(known) < len(optimizer.param_groups):
            known.append(GroupController(optimizer, len(known)))
        return known

    def call(self, action: Callable[[], object]) -> None:
        """Run an action on the event loop's own thread: widgets may call from another.

        An error is kept in ``error`` for the view to show.
        """

        def guarded() -> None:
            try:
                action()
            except Exception as error:
                self._fail(error)

        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(guarded)
        else:
            guarded()

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
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                raise RuntimeError(
                    "play needs a running event loop, as in Jupyter; in plain Python use "
                    "trainer.run(epochs=...)"
                ) from None
            self._clear_error()
            until = None if epochs is None else self.trainer.epoch + epochs
            self._task = self._loop.create_task(self._train(until))
            self._task.add_done_callback(self._stopped)
            self._tell()

    def pause(self) -> None:
        """Stop playing; the step under way is finished."""
        if self._task is not None:
            self._task.cancel()

    async def _train(self, until: int | None) -> None:
        shown = perf_counter()
        with one_blas_thread:
            while until is None or self.trainer.epoch < until:
                self._timed_step()
                if perf_counter() - shown >= self.frame:
                    self._tell()
                    shown = perf_counter()
                await asyncio.sleep(0)  # lets sliders, buttons and other cells in

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
            group._remembered = group.lr or REMEMBERED
        self._tell()

    def close(self) -> None:
        """Stop for good, and let go of the views."""
        self.closed = True
        self.pause()
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

    # ---- what a view says ----

    def progress(self) -> tuple[int, int | None]:
        """Return the steps done in this epoch, and how many it has, if that is known."""
        return self.trainer.step_in_epoch, self.trainer.steps_per_epoch

    def place(self) -> str:
        """Say in words where the run stands."""
        step, steps = self.progress()
        of = f" of {steps}" if steps else ""
        return f"epoch {self.trainer.epoch + 1}, step {step}{of}"

    def status(self) -> list[tuple[str, str]]:
        """Return pairs of words and numbers: loss, accuracy, ms per step, as far as known."""
        record = self.trainer.record
        pairs = []
        if record.steps:
            recent = record.loss[-20:]
            pairs.append(("loss", f"{recent.mean():.3f}"))
        if record.epochs and record.epoch_accuracy[-1] is not None:
            pairs.append(("test digits", f"{record.epoch_accuracy[-1]:.1%}"))
        if self.ms_per_step is not None:
            pairs.append(("a step takes", f"{self.ms_per_step:.1f} ms"))
        return pairs
