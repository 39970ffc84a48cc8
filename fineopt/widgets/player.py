"""Playing: a run that goes on step by step, as a task on the event loop, for all who follow it."""

from __future__ import annotations

import asyncio
import math
import traceback
from collections.abc import Callable, Set
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet

from . import interrupts
from .loop import OnLoop

__all__ = ["Follower", "Halt", "Player", "Run"]

SHARE = 0.12  # of the steps' time, at most, goes into frames: slow ones come less often
LONGEST = 0.1  # seconds of a wait in one go: then a new speed counts, and interrupts are heard
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


class Follower(Protocol):
    """Who is told how a run gets on; such as the controller of a panel."""

    frame: float  # seconds between two frames, while the run plays

    def told(self) -> None:
        """Show what is new."""

    def begun_again(self) -> None:
        """Forget what was remembered of the run, which is at its start again."""


class Player:
    """Plays and pauses a run. It knows nothing of widgets: any number may follow it.

    An interrupt of the kernel pauses it after the step under way; a second one breaks that step
    off. An error in a step, or a `Halt`, stops it too, and is kept in words.

    Args:
        run: what is played.
        inside: entered while a step is taken or the run plays.

    ``speed`` is the most steps that it takes in a second, or None for as many as it can.

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
        self.stepping = False  # also read when an interrupt comes
        self._inside = nullcontext() if inside is None else inside
        self._speed: float | None = None
        self._pace: float | None = None  # seconds of a turn while it plays, without waiting
        self._turns = 0
        self._on_loop = OnLoop()
        self._task: asyncio.Task[None] | None = None
        self._followers: WeakKeyDictionary[Follower, bool] = WeakKeyDictionary()  # who is in sight

    # ---- who follows ----

    def join(self, follower: Follower) -> None:
        """Tell a follower from now on."""
        self._followers.setdefault(follower, False)

    def in_sight(self, follower: Follower) -> None:
        """Note that a follower can be seen, so that somebody can pause there."""
        self._followers[follower] = True

    def out_of_sight(self, follower: Follower) -> None:
        """Note that a follower can't be seen any more; pause if none is left that can."""
        self._followers[follower] = False
        if not any(self._followers.values()):
            self.pause()

    def leave(self, follower: Follower) -> None:
        """Tell a follower no more; pause if it alone followed, or it alone was in sight."""
        seen = self._followers.pop(follower, False)
        left = list(self._followers.values())
        if not (any(left) if seen else left):
            self.pause()

    @property
    def followed(self) -> bool:
        """Whether anybody follows."""
        return bool(self._followers)

    def tell(self) -> None:
        """Tell all followers that something is new."""
        for follower in list(self._followers):
            follower.told()

    def begin_again(self) -> None:
        """Tell all followers that the run is at its start again."""
        for follower in list(self._followers):
            follower.begun_again()
        self.tell()

    # ---- playing ----

    @property
    def speed(self) -> float | None:
        """The most steps in a second while it plays; None for as many as it can.

        Raises:
            ValueError: when set to what is not above 0.
        """
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        if speed is not None and not 0 < speed < math.inf:
            raise ValueError(f"speed is a number of steps a second above 0, not {speed!r}")
        self._speed = speed

    @property
    def pace(self) -> float | None:
        """Seconds from step to step at the speed of now; None while that is not known."""
        limit = None if self._speed is None else 1 / self._speed
        return max((s for s in (limit, self._pace) if s is not None), default=None)

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
        self._pace, self._turns = None, 0
        self._task = loop.create_task(self._go_on())
        self._task.add_done_callback(self._done)
        _playing.add(self)
        self.tell()

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
            self.tell()

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
                self.tell()

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
        mine, due = asyncio.current_task(), perf_counter()
        shown, cost = due, 0.0
        with self._inside:
            while self._task is mine:
                begin = perf_counter()
                self._on_loop.catch_up()  # a slider that was moved counts from this step on
                if self._task is not mine:
                    return
                if not self._step():
                    return
                frame = min((follower.frame for follower in self._followers), default=math.inf)
                long_wait = self._left(due) > frame
                if (now := perf_counter()) - shown >= max(frame, cost / SHARE) or long_wait:
                    self.tell()
                    shown = perf_counter()
                    cost = shown - now
                worked, wait = perf_counter(), self._left(due)
                # lets sliders, buttons and other cells in; the speed may change meanwhile
                await asyncio.sleep(min(wait, LONGEST))
                if not wait:
                    worked = perf_counter()  # at full speed what others do takes its time too
                while (left := self._left(due)) > 0:
                    interrupts.listen(self)
                    await asyncio.sleep(min(left, LONGEST))
                self._turns += 1
                self._pace = _mean(self._pace, worked - begin, self._turns)
                # one that is late hurries after, but not by more than a frame
                now = perf_counter()
                due = max(due + (1 / self._speed if self._speed else 0), now - LONGEST)

    def _left(self, due: float) -> float:
        return 0 if self._speed is None else max(0, due + 1 / self._speed - perf_counter())

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
        self.ms_per_step = _mean(self.ms_per_step, ms, 20)
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
        self.tell()


def _mean(before: float | None, new: float, count: int) -> float:
    """Return the running mean of at most some 20 numbers, the newest of which is `new`."""
    share = max(1 / max(count, 1), 0.05)
    return new if before is None else (1 - share) * before + share * new
