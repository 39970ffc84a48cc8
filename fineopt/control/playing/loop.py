"""Where panels act: on the event loop's own thread, between two steps of training."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

__all__ = ["OnLoop"]


Action = Callable[[], object]

# what was asked for and is not done yet, by all panels on a loop, in order
_waiting: WeakKeyDictionary[asyncio.AbstractEventLoop, deque[Action]] = WeakKeyDictionary()


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

    def call(self, action: Action) -> None:
        """Run an action soon, and before the next step of what trains on this loop."""
        if self.loop is not None and self.loop.is_running():
            _waiting.setdefault(self.loop, deque()).append(action)
            self.loop.call_soon_threadsafe(self.catch_up)
        else:
            action()

    def catch_up(self) -> None:
        """Run what waits; whoever trains calls this before each step, so that none comes first."""
        waiting = _waiting.get(self.loop) if self.loop is not None else None
        while waiting:
            action = waiting.popleft()
            try:
                action()
            # one that fails holds up neither the others nor the step, and ends no event loop
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                context = {"message": "a panel's action failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)

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
