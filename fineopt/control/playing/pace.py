"""The pace of a run: its speed limit, and the time that its steps and its frames take."""

from __future__ import annotations

import math
from time import perf_counter

__all__ = ["LONGEST_WAIT", "FrameBudget", "Pace", "running_mean"]

FRAME_SHARE = 0.12  # of the time goes into frames at most: slow ones come less often
SAVED = 0.5  # seconds whose share may be saved up, for frames that follow a hand
LONGEST_WAIT = 0.1  # seconds; after each wait a new speed takes effect and interrupts are handled


class Pace:
    """Computes when the next step is due, and the time from step to step.

    >>> pace = Pace()
    >>> pace.speed = 20.0
    >>> pace.seconds
    0.05
    """

    def __init__(self) -> None:
        self._speed: float | None = None
        self.restart()

    def restart(self) -> None:
        """Discard the measured times, keeping the speed."""
        self._work: float | None = None  # seconds of a step without waiting
        self._steps = 0
        self._due = perf_counter()  # when the current step was due

    @property
    def speed(self) -> float | None:
        """The maximum number of steps per second; None for no limit.

        Raises:
            ValueError: if set to a value that is not above 0 and finite.
        """
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        if speed is not None and not 0 < speed < math.inf:
            raise ValueError(f"speed must be above 0 and finite (steps per second), not {speed!r}")
        self._speed = speed

    @property
    def seconds(self) -> float | None:
        """Seconds from step to step at the current speed; None while unknown."""
        limit = None if self._speed is None else 1 / self._speed
        return max((s for s in (limit, self._work) if s is not None), default=None)

    def remaining(self) -> float:
        """Return the seconds until the next step is due."""
        if self._speed is None:
            return 0
        return max(0, self._due + 1 / self._speed - perf_counter())

    def end_step(self, worked: float) -> None:
        """Record the end of a step, which took so many seconds without the wait."""
        self._steps += 1
        self._work = running_mean(self._work, worked, self._steps)
        # a late step is caught up with, but by no more than one wait
        due = self._due + (1 / self._speed if self._speed else 0)
        self._due = max(due, perf_counter() - LONGEST_WAIT)


class FrameBudget:
    """Decides when the next frame is due, within a share of the time.

    What pages cost besides, as by acknowledging frames, belongs to the same share.

    What frames leave of their share is kept for a while, so that the frame after a user's action
    is due at once, and those of a drag follow the hand. Frames keep to a beat: one that had to wait
    for the end of a step does not delay those after it.

    >>> budget = FrameBudget(now=0.0)
    >>> budget.due(0.05, every=0.1), budget.due(0.05, every=0.0)
    (False, True)
    >>> budget.spend(0.11, 0.16, every=0.1)  # 50 ms, of which the share of 110 ms had 13
    >>> budget.due(0.45, every=0.1), budget.due(0.5, every=0.1)
    (False, True)
    """

    def __init__(self, now: float) -> None:
        self._shown, self._left = now, 0.0  # when the last frame ended, and what it left
        self._beat = now  # when it was due

    def _available(self, now: float) -> float:
        return min(self._left + FRAME_SHARE * (now - self._shown), FRAME_SHARE * SAVED)

    def due(self, now: float, every: float) -> bool:
        """Return whether a frame is due, if they are to come so many seconds apart."""
        return now - self._beat >= every and self._available(now) > 0

    def charge(self, seconds: float) -> None:
        """Count time that a page took, beside that of the frames themselves."""
        self._left -= seconds

    def spend(self, begin: float, end: float, every: float) -> None:
        """Record a frame."""
        self._left = self._available(begin) - (end - begin)
        self._shown = end
        beat = self._beat + every
        self._beat = beat if beat <= begin < beat + every else begin  # early, or a whole beat late


def running_mean(before: float | None, new: float, count: int) -> float:
    """Return the running mean of about the last 20 values, of which `new` is the latest.

    >>> running_mean(running_mean(None, 4.0, 1), 2.0, 2)
    3.0
    """
    share = max(1 / max(count, 1), 0.05)
    return new if before is None else (1 - share) * before + share * new
