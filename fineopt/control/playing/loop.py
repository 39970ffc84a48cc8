"""Runs the actions of views on the event loop's thread, between two training steps."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from weakref import WeakKeyDictionary

from ...parallel import IN_BROWSER, least_sleep

__all__ = ["Action", "ActionQueue", "Submit", "let_others_run"]

Action = Callable[[], object]
Submit = Callable[[Action], object]  # what a view needs to act: see `ActionQueue.submit`

SOON = 1e-9  # seconds: what arrives from sockets comes before a timer, but after a sleep of 0
TURNS, MOST = 4, 0.002  # further turns of the loop, and their seconds, between two steps

# pending actions of all queues on a loop, in order
_pending: WeakKeyDictionary[asyncio.AbstractEventLoop, deque[Action]] = WeakKeyDictionary()


class ActionQueue:
    """Runs actions on the current event loop; immediately if none is running.

    Widgets may submit from another thread. An action never runs while a step is in progress.

    >>> ActionQueue().submit(lambda: print("done"))
    done
    """

    def __init__(self) -> None:
        self._polling: asyncio.Task[None] | None = None
        try:  # created in a notebook's cell: the kernel's main loop
            self.loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self.loop = None

    def submit(self, action: Action) -> None:
        """Run an action soon, before the next step of any run on this loop."""
        if self.loop is not None and self.loop.is_running():
            _pending.setdefault(self.loop, deque()).append(action)
            self.loop.call_soon_threadsafe(self.run_pending)
        else:
            action()

    def run_pending(self) -> None:
        """Run all pending actions; a player calls this before each step, so that none is late."""
        pending = _pending.get(self.loop) if self.loop is not None else None
        while pending:
            action = pending.popleft()
            try:
                action()
            # a failing action blocks neither the others nor the step, and ends no event loop
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                context = {"message": "a panel's action failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)

    def poll(self, seconds: float, poll: Callable[[], bool]) -> None:
        """Call a function at intervals until it returns False; never, if no loop is running."""
        if self.loop is not None and self._polling is None:
            self._polling = self.loop.create_task(_poll(seconds, poll))

    def close(self) -> None:
        """Stop polling."""
        if self._polling is not None:
            self._polling.cancel()
            self._polling = None


async def _poll(seconds: float, poll: Callable[[], bool]) -> None:
    while poll():
        await asyncio.sleep(seconds)


async def let_others_run(seconds: float = 0.0) -> None:
    """Sleep, and then until what has arrived meanwhile is handled, though not for long.

    A message of the page needs several turns of the loop: it is read, a task is made for it, and
    the action that it asks for is queued. If a training step came between each two of them, a
    slider would lag some steps behind the hand.
    """
    ready = getattr(asyncio.get_running_loop(), "_ready", None)  # asyncio has no public name
    if seconds or ready is None or IN_BROWSER:
        await asyncio.sleep(least_sleep(max(seconds, SOON)))
    else:  # what has arrived is ready then; a timer would take 20 us more of a step of 6 ms
        await asyncio.sleep(0)
    if not ready or IN_BROWSER:  # its timers are long, and let it handle all at once
        return
    end = perf_counter() + MOST
    for _ in range(TURNS):
        await asyncio.sleep(SOON)
        if not ready or perf_counter() > end:
            break
