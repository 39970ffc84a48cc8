"""Playing: a run that goes on step by step, as a task on the event loop, for all who follow it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Set
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Protocol
from weakref import WeakSet

from . import interrupts
from .followers import Follower, Followers
from .loop import OnLoop
from .pace import LONGEST, Pace, mean

__all__ = ["Halt", "Player", "Run"]

SHARE = 0.12  # of the steps' time, at most, goes into frames: slow ones come less often
PAUSED = "the kernel was interrupted"

_playing: WeakSet[Player] = WeakSet()


class Halt(Exception):
    """Raised in a step after which a run should pause; its message says why."""


class Run(Protocol):
    """What a player plays."""

    def step(self) -> bool:
        """Take a step; return whether to go on. May raise `Halt`."""

    def moves(self) -> Set[int]:
        """Return the ids of what a step changes: of two runs that share any, one plays."""


class Player:
    """Plays and pauses a run. It knows nothing of widgets: any number may follow it.

    An interrupt of the kernel pauses it after the step under way; a second one breaks that step
    off. An error in a step, or a `Halt`, stops it too, and is kept in words.

    Args:
        run: what is played.
        inside: entered while a step is taken or the run plays.

    ``pace.speed`` is the most steps that it takes in a second, or None for as many as it can.

    >>> class Countdown:
    ...     left = 3
    ...     def step(self):
    ...         self.left -= 1
    ...         return self.left > 0
    ...     def moves(self):
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

    def __init__(self, run: Run, inside: AbstractContextManager[object] | None = None) -> None:
        self.run = run
        self.error: str | None = None  # what went wrong in the last step
        self.exception: BaseException | None = None
        self.notice: str | None = None  # why it paused, if nobody told it to
        self.ms_per_step: float | None = None
        self.pace, self.followers = Pace(), Followers()
        self.stepping = False  # also read when an interrupt comes
        self._inside = nullcontext() if inside is None else inside
        self._on_loop = OnLoop()
        self._task: asyncio.Task[None] | None = None

    # ---- who follows ----

    def leave(self, follower: Follower) -> None:
        """Tell a follower no more; pause if it alone followed, or it alone was in sight."""
        if not self.followers.leave(follower):
            self.pause()

    def out_of_sight(self, follower: Follower) -> None:
        """Note that a follower can't be seen any more; pause if none is left that can."""
        if not self.followers.out_of_sight(follower):
            self.pause()

    # ---- playing ----

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself now."""
        return self._task is not None and not self._task.get_loop().is_closed()

    def play(self) -> None:
        """Go on beside whatever else the event loop runs.

        Raises:
            RuntimeError: if there is no running event loop.
        """
        if self.playing:
            return
        try:
            loop = self._on_loop.loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError("play needs a running event loop, as in Jupyter") from None
        self.take_over()
        self.pace.begin()
        self._task = loop.create_task(self._go_on())
        self._task.add_done_callback(self._done)
        _playing.add(self)
        self.followers.tell()

    def pause(self, notice: str | None = None) -> None:
        """Stop playing; the step under way is finished.

        Args:
            notice: why, if it was not asked for.
        """
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            _playing.discard(self)
            interrupts.listen_no_more(self)
            self.notice = notice
            self.followers.tell()

    def take(self, more: Callable[[], bool] = lambda: False) -> None:
        """Take a step by hand, and on while there is more; nothing, if it plays anyway.

        What goes wrong in a step is kept in words, and raised; a `Halt` is only kept.
        """
        if not self.playing:
            self.take_over()
            try:
                with self._inside:
                    self._step()
                    while more():
                        self._step()
            except Halt as halt:
                self._stop(halt)
            except BaseException as error:
                self._stop(error)
                raise
            finally:
                interrupts.listen_no_more(self)
                self.followers.tell()

    def take_over(self) -> None:
        """Forget what went wrong, and pause every other run that changes what this one does."""
        self.error = self.exception = self.notice = None
        mine = self.run.moves()
        for other in list(_playing):
            if other is not self and mine & other.run.moves():
                other.pause("another run moves the same parameters now")

    def fail(self, error: BaseException) -> None:
        """Keep what went wrong, in words."""
        self.exception = error
        self.error = "".join(traceback.format_exception_only(error)).strip()

    # ---- the task ----

    async def _go_on(self) -> None:
        try:
            await self._steps()
        except (KeyboardInterrupt, SystemExit) as error:  # would end the event loop, the kernel too
            self._stop(error)

    async def _steps(self) -> None:
        mine, pace = asyncio.current_task(), self.pace
        shown, cost = perf_counter(), 0.0
        with self._inside:
            while self._task is mine:
                begin = perf_counter()
                self._on_loop.catch_up()  # a slider that was moved counts from this step on
                if self._task is not mine or not self._step():
                    return
                frame = self.followers.frame
                due = (now := perf_counter()) - shown >= max(frame, cost / SHARE)
                if due or pace.left() > frame:
                    self.followers.tell()
                    shown = perf_counter()
                    cost = shown - now
                worked, wait = perf_counter(), pace.left()
                # lets sliders, buttons and other cells in; the speed may change meanwhile
                await asyncio.sleep(min(wait, LONGEST))
                if not wait:
                    worked = perf_counter()  # at full speed what others do takes its time too
                while (left := pace.left()) > 0:
                    interrupts.listen(self)
                    await asyncio.sleep(min(left, LONGEST))
                pace.turn(worked - begin)

    def _step(self) -> bool:
        interrupts.listen(self)
        begin = perf_counter()
        self.stepping = True
        try:
            more = self.run.step()
        finally:
            self.stepping = False
        ms = (perf_counter() - begin) * 1e3
        # a running mean over some 20 steps, so that the number can be read
        self.ms_per_step = mean(self.ms_per_step, ms, 20)
        return more

    def _stop(self, error: BaseException) -> None:
        if isinstance(error, Halt):
            self.notice = str(error)
        elif isinstance(error, KeyboardInterrupt):
            self.notice = f"{PAUSED} in a step"
        else:
            self.fail(error)

    def interrupted(self) -> None:
        """Pause, soon, since the kernel was interrupted; called in the middle of anything."""
        loop = self._on_loop.loop
        if loop is not None and self.playing:
            loop.call_soon_threadsafe(self.pause, PAUSED)

    def _done(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
            _playing.discard(self)
            interrupts.listen_no_more(self)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._stop(error)
        self.followers.tell()
