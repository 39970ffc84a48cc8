"""Plays a run step by step, as a task on the event loop, for all its followers."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Any, Generic
from weakref import WeakSet

from ...language import say
from . import interrupts
from .followers import Follower, Followers
from .loop import ActionQueue, let_others_run
from .pace import LONGEST_WAIT, FrameBudget, Pace, running_mean
from .run import Halt, RunT

__all__ = ["Player"]

AT_ONCE = 0.05  # seconds: steps that are shorter follow an action as fast as the eye can tell
LISTEN_EVERY = 0.05  # seconds: a look at what handles interrupts takes 20 us beside a step of 6 ms

_playing: WeakSet[Player[Any]] = WeakSet()


class Player(Generic[RunT]):
    """Plays and pauses a run. It needs no widgets, and any number of views may follow it.

    An interrupt of the kernel pauses it after the current step; a second one breaks that step off.
    An error in a step, or a `Halt`, stops it too, and its message is kept.

    Args:
        run: the run to play.
        inside: a context entered while a step is taken or the run plays.

    ``pace.speed`` is the maximum number of steps per second, or None for no limit.

    >>> class Countdown:
    ...     left = 3
    ...     def step(self):
    ...         self.left -= 1
    ...         return self.left > 0
    ...     def parameter_ids(self):
    ...         return set()
    >>> async def play():
    ...     player = Player(Countdown())
    ...     player.play()
    ...     while player.playing:
    ...         await asyncio.sleep(0)
    ...     return player.run.left
    >>> asyncio.run(play())
    0
    """

    def __init__(self, run: RunT, inside: AbstractContextManager[object] | None = None) -> None:
        self.run = run
        self.error: str | None = None  # message of the error that stopped the last step
        self.exception: BaseException | None = None  # what ended the last step early
        self.notice: str | None = None  # why it paused, if nobody asked it to
        self.ms_per_step: float | None = None
        self.pace, self.followers = Pace(), Followers()
        self.budget = FrameBudget(perf_counter())  # of the frames while it plays
        self.stepping = False  # also read when an interrupt arrives
        self.hurried = False  # after a user action: the next step is shown at once
        self._inside = nullcontext() if inside is None else inside
        self._actions = ActionQueue()
        self._task: asyncio.Task[None] | None = None
        self._listen_at = 0.0

    # ---- followers ----

    def remove_follower(self, follower: Follower) -> None:
        """Stop notifying a follower; pause if it was the only one, or the only visible one."""
        if not self.followers.remove(follower):
            self.pause()

    def set_visible(self, follower: Follower, visible: bool) -> None:
        """Set whether a follower is visible; pause if none is visible any more."""
        if not self.followers.set_visible(follower, visible):
            self.pause()

    # ---- playing ----

    @property
    def playing(self) -> bool:
        """Whether the run is playing."""
        return self._task is not None and not self._task.get_loop().is_closed()

    @property
    def shows_at_once(self) -> bool:
        """Whether a step follows at once, and is shown, as after a user's action in a fast run."""
        seconds = self.pace.seconds
        fast = self.playing and seconds is not None and seconds < AT_ONCE
        return fast and self.hurried and self.budget.due(perf_counter(), 0.0)

    def play(self) -> None:
        """Play the run alongside everything else on the event loop.

        Raises:
            RuntimeError: if there is no running event loop.
        """
        if self.playing:
            return
        loop = self._actions.loop = asyncio.get_running_loop()
        self.take_over()
        self.pace.restart()
        self._task = loop.create_task(self._play())
        self._task.add_done_callback(self._done)
        _playing.add(self)
        self.followers.update()

    def pause(self, notice: str | None = None) -> None:
        """Stop playing; a step in progress is finished.

        Args:
            notice: the reason, if nobody asked for the pause.
        """
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            _playing.discard(self)
            interrupts.stop_listening(self)
            self.notice = notice
            self.followers.update()

    def step(self, more: Callable[[], bool] = lambda: False) -> None:
        """Take a step, and further ones while ``more()``; do nothing while playing.

        An error in a step is kept and raised; a `Halt` is only kept.
        """
        if not self.playing:
            self.take_over()
            try:
                with self._inside:
                    self._step()
                    while more():
                        self._step()
            except Halt as halt:
                self._keep(halt)
            except BaseException as error:
                self._keep(error)
                raise
            finally:
                interrupts.stop_listening(self)
                self.followers.update()

    def take_over(self) -> None:
        """Clear the last error, and pause every other run that shares parameters with this one."""
        self.error = self.exception = self.notice = None
        self._listen_at = 0.0
        mine = self.run.parameter_ids()
        for other in list(_playing):
            if other is not self and mine & other.run.parameter_ids():
                other.pause(say("another run with the same parameters started"))

    # ---- the task ----

    async def _play(self) -> None:
        try:
            await self._steps()
        except (KeyboardInterrupt, SystemExit) as error:  # would end the event loop and the kernel
            self._keep(error)

    async def _steps(self) -> None:
        mine, pace = asyncio.current_task(), self.pace
        budget = self.budget = FrameBudget(perf_counter())
        with self._inside:
            while self._task is mine:
                begin = perf_counter()
                self._actions.run_pending()  # a slider that was moved counts from this step on
                if self._task is not mine or not self._step():
                    return
                frame = self.followers.frame
                due = budget.due(now := perf_counter(), 0.0 if self.hurried else frame)
                if due or pace.remaining() > frame:
                    self.hurried = False
                    self.followers.update()
                    budget.spend(now, perf_counter(), frame)
                worked, wait = perf_counter(), pace.remaining()
                # yields to sliders, buttons and other cells; the speed may change meanwhile
                await let_others_run(min(wait, LONGEST_WAIT))
                if not wait:
                    worked = perf_counter()  # at full speed, their time counts too
                while (left := pace.remaining()) > 0:
                    interrupts.listen(self)
                    await let_others_run(min(left, LONGEST_WAIT))
                pace.end_step(worked - begin)

    def _step(self) -> bool:
        begin = perf_counter()
        if begin >= self._listen_at:
            interrupts.listen(self)
            self._listen_at = begin + LISTEN_EVERY
        self.stepping = True
        try:
            more = self.run.step()
        finally:
            self.stepping = False
        ms = (perf_counter() - begin) * 1e3
        # a running mean over about 20 steps, so that the number is readable
        self.ms_per_step = running_mean(self.ms_per_step, ms, 20)
        return more

    def _keep(self, error: BaseException) -> None:
        """Keep what ended a step early, and its message."""
        self.exception = error
        if isinstance(error, Halt):
            self.notice = str(error)
        elif isinstance(error, KeyboardInterrupt):
            self.notice = say("the kernel was interrupted during a step")
        else:
            self.error = "".join(traceback.format_exception_only(error)).strip()

    def interrupted(self) -> None:
        """Pause soon, because the kernel was interrupted; called at any point of the program."""
        loop = self._actions.loop
        if loop is not None and self.playing:
            loop.call_soon_threadsafe(self._pause_interrupted)

    def _pause_interrupted(self) -> None:
        self.pause(say("the kernel was interrupted"))

    def _done(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
            _playing.discard(self)
            interrupts.stop_listening(self)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._keep(error)
        self.followers.update()
