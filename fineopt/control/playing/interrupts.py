"""Pauses everything that plays when the kernel is interrupted.

A kernel ignores SIGINT while no cell runs, so JupyterLab's stop button does not reach a task. While
a run plays, and only where SIGINT would be ignored, a handler of ours receives it; any other
handler is left alone. A kernel saves and restores the handler around each message, so ours is
installed again and again rather than once. Interrupting a cell pauses everything that plays too:
see `fineopt.widgets.cells`.
"""

from __future__ import annotations

import signal
import threading
from typing import Protocol
from weakref import WeakSet

__all__ = ["Interruptible", "interrupt", "listen", "stop_listening"]


class Interruptible(Protocol):
    """A player that an interrupt pauses."""

    stepping: bool  # a step is in progress

    def interrupted(self) -> None:
        """Pause soon, after the current step; called at any point of the program."""


_listening: WeakSet[Interruptible] = WeakSet()
_pausing: WeakSet[Interruptible] = WeakSet()  # interrupted once during their current step


def listen(player: Interruptible) -> None:
    """Pause a player when the kernel is interrupted, from now on."""
    _listening.add(player)
    _pausing.discard(player)
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if ignored and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _handle)


def stop_listening(player: Interruptible) -> None:
    """Stop pausing a player; after the last one, interrupts are ignored again."""
    _listening.discard(player)
    if not _listening and threading.current_thread() is threading.main_thread():
        _ignore()


def interrupt() -> None:
    """Pause everything that plays."""
    for player in list(_listening):
        player.interrupted()


def _handle(*_: object) -> None:
    """Ask for a pause; a second interrupt during the same step breaks that step off."""
    again = any(player.stepping and player in _pausing for player in _listening)
    _pausing.update(player for player in _listening if player.stepping)
    if not _listening:
        _ignore()  # the kernel restored our handler after the last player stopped
    interrupt()
    if again:
        raise KeyboardInterrupt


def _ignore() -> None:
    if signal.getsignal(signal.SIGINT) == _handle:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
