"""An interrupt of the kernel pauses what plays.

A kernel ignores SIGINT while no cell runs, so JupyterLab's stop button does nothing to a task.
While something plays, and only in place of that, a handler of ours hears it; a handler that anybody
else has set is left alone. A kernel saves and restores the handler around each message that it
gets, so ours is set anew before each step rather than once. A cell that is interrupted pauses what
plays too: `cells` tells.
"""

from __future__ import annotations

import signal
import threading
from typing import Protocol
from weakref import WeakSet

__all__ = ["Interruptible", "interrupt", "listen", "listen_no_more"]


class Interruptible(Protocol):
    """What plays."""

    stepping: bool  # a step is under way

    def interrupted(self) -> None:
        """Pause, soon, after the step under way; called in the middle of anything."""


_listening: WeakSet[Interruptible] = WeakSet()
_asked: WeakSet[Interruptible] = WeakSet()  # to pause, in the step that is under way


def listen(player: Interruptible) -> None:
    """Pause a player when the kernel is interrupted, from now on."""
    _listening.add(player)
    _asked.discard(player)
    idle = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if idle and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _handle)


def listen_no_more(player: Interruptible) -> None:
    """Leave a player alone; with the last one, interrupts are ignored again."""
    _listening.discard(player)
    if not _listening and threading.current_thread() is threading.main_thread():
        _ignore()


def interrupt() -> None:
    """Pause all that plays."""
    for player in list(_listening):
        player.interrupted()


def _handle(*_: object) -> None:
    """Ask for a pause; break a step off that goes on when it is asked again."""
    again = any(player.stepping and player in _asked for player in _listening)
    _asked.update(player for player in _listening if player.stepping)
    if not _listening:
        _ignore()  # the kernel has restored ours, after the last player stopped
    interrupt()
    if again:
        raise KeyboardInterrupt


def _ignore() -> None:
    if signal.getsignal(signal.SIGINT) == _handle:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
