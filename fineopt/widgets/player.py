"""Playing: a function called frame by frame, as a task on the event loop."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from time import perf_counter

from .loop import OnLoop

__all__ = ["Player"]


class Player:
    """Plays and pauses what goes on in frames.

    Args:
        on_loop: gets the event loop that it plays on.
        frame: does what one frame shows, and returns the seconds until the next; None at the end.
        tell: called after each frame, and when it begins or stops.

    >>> Player(OnLoop(), lambda: None, lambda: None).playing
    False
    """

    def __init__(
        self, on_loop: OnLoop, frame: Callable[[], float | None], tell: Callable[[], None]
    ) -> None:
        self.error: str | None = None  # what went wrong in the last frame, in words
        self.closed = False
        self._on_loop, self._frame, self._tell = on_loop, frame, tell
        self._task: asyncio.Task[None] | None = None

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself now."""
        return self._task is not None

    def play(self) -> None:
        """Go on beside whatever else the event loop runs.

        Raises:
            RuntimeError: if there is no running event loop, or it is closed.
        """
        if self.closed:
            raise RuntimeError("this panel is closed: make a new one")
        if self._task is None:
            try:
                loop = self._on_loop.loop = asyncio.get_running_loop()
            except RuntimeError:
                raise RuntimeError("play needs a running event loop, as in Jupyter") from None
            self.error = None
            self._task = loop.create_task(self._go_on())
            self._task.add_done_callback(self._stopped)
            self._tell()

    def pause(self) -> None:
        """Stop, once the frame under way is done."""
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Stop for good."""
        self.closed = True
        self.pause()

    async def _go_on(self) -> None:
        begin = perf_counter()
        while (pause := self._frame()) is not None:
            self._tell()
            await asyncio.sleep(max(0, begin + pause - perf_counter()))
            begin = perf_counter()

    def _stopped(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
        self._tell()

    def fail(self, error: BaseException) -> None:
        """Keep what went wrong."""
        self.error = "".join(traceback.format_exception_only(error)).strip()
