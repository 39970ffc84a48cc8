"""Where panels act: on the event loop's own thread, between two steps of training."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["OnLoop"]


class OnLoop:
    """Runs actions on the event loop that runs now; at once, where none does.

    Widgets may call from another thread; an action on the loop never meets a step half done.

    >>> OnLoop().call(lambda: print("done"))
    done
    """

    def __init__(self) -> None:
        self._watching: asyncio.Task[None] | None = None
        try:  # made in a notebook's cell: the kernel's main loop
            self.loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self.loop = None

    def call(self, action: Callable[[], object]) -> None:
        """Run an action soon."""
        if self.loop is not None and self.loop.is_running():
            self.loop.call_soon_threadsafe(action)
        else:
            action()

    def watch(self, seconds: float, look: Callable[[], bool]) -> None:
        """Call a function now and then until it returns False; never, where no loop runs."""
        if self.loop is not None and self._watching is None:
            self._watching = self.loop.create_task(_watch(seconds, look))

    def close(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None


async def _watch(seconds: float, look: Callable[[], bool]) -> None:
    while look():
        await asyncio.sleep(seconds)
