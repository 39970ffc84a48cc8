"""Followers of a run: the controllers that are notified of its progress."""

from __future__ import annotations

import math
import os
from typing import Protocol
from weakref import WeakKeyDictionary

__all__ = ["Follower", "Followers", "default_rate", "seconds_per_frame"]

RATE, FAST = 10.0, 20.0  # frames per second
ROOM = 4  # processors from which a browser that draws does not slow the steps down


class Follower(Protocol):
    """Gets notified of a run's progress, such as the controller of a panel."""

    frame: float  # seconds between two frames while the run plays

    def on_update(self) -> None:
        """Show the run's current state."""

    def on_restart(self) -> None:
        """Discard what was remembered of the run, which is back at its start."""


class Followers:
    """Holds followers by weak reference, and which of them are visible.

    Pause can be pressed only where a follower is visible.
    """

    def __init__(self) -> None:
        self._visible: WeakKeyDictionary[Follower, bool] = WeakKeyDictionary()

    def __bool__(self) -> bool:
        return bool(self._visible)

    @property
    def frame(self) -> float:
        """Seconds between two frames: the smallest that any follower asks for."""
        living = (known() for known in self._visible.keyrefs())
        return min((one.frame for one in living if one is not None), default=math.inf)

    def add(self, follower: Follower) -> None:
        """Notify a follower from now on."""
        self._visible.setdefault(follower, False)

    def set_visible(self, follower: Follower, visible: bool) -> bool:
        """Set whether a follower is visible; return whether any follower is."""
        self._visible[follower] = visible
        return any(self._visible.values())

    def remove(self, follower: Follower) -> bool:
        """Stop notifying a follower; return whether the run should go on.

        A visible follower needs another visible one to take its place; a hidden one any other.
        """
        visible = self._visible.pop(follower, False)
        return any(self._visible.values()) if visible else bool(self._visible)

    def update(self) -> None:
        """Notify all followers of a change."""
        for follower in list(self._visible):
            follower.on_update()

    def restart(self) -> None:
        """Notify all followers that the run is back at its start."""
        for follower in list(self._visible):
            follower.on_restart()
        self.update()


def default_rate() -> float:
    """Return the frames per second that this machine has room for.

    >>> default_rate() in (10.0, 20.0)
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return FAST if len(os.sched_getaffinity(0)) >= ROOM else RATE
    return FAST if (os.cpu_count() or 1) >= ROOM else RATE


def seconds_per_frame(frames_per_second: float) -> float:
    """Return the seconds between two frames.

    Raises:
        ValueError: if frames_per_second is not above 0.
    """
    if not frames_per_second > 0:
        raise ValueError(f"frames_per_second must be above 0, not {frames_per_second!r}")
    return 1 / frames_per_second
