"""How fast a run goes on: what it may, and what it does."""

from __future__ import annotations

import math
from time import perf_counter

__all__ = ["LONGEST", "Pace", "mean"]

LONGEST = 0.1  # seconds of a wait in one go: then a new speed counts, and interrupts are heard


class Pace:
    """Tells when the next step is due, and how long it is from step to step.

    >>> pace = Pace()
    >>> pace.speed = 20.0
    >>> pace.seconds
    0.05
    """

    def __init__(self) -> None:
        self._speed: float | None = None
        self.begin()

    def begin(self) -> None:
        """Begin anew; the speed stays."""
        self._work: float | None = None  # seconds of a turn, without waiting
        self._turns = 0
        self._due = perf_counter()  # when the step under way was

    @property
    def speed(self) -> float | None:
        """The most steps in a second; None for as many as can be.

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
    def seconds(self) -> float | None:
        """Seconds from step to step at the speed of now; None while that is not known."""
        limit = None if self._speed is None else 1 / self._speed
        return max((s for s in (limit, self._work) if s is not None), default=None)

    def left(self) -> float:
        """Return the seconds until the next step is due."""
        if self._speed is None:
            return 0
        return max(0, self._due + 1 / self._speed - perf_counter())

    def turn(self, worked: float) -> None:
        """Note that a step is over, with all that belongs to it but the wait."""
        self._turns += 1
        self._work = mean(self._work, worked, self._turns)
        # one that is late hurries after, but not for longer than a wait
        due = self._due + (1 / self._speed if self._speed else 0)
        self._due = max(due, perf_counter() - LONGEST)


def mean(before: float | None, new: float, count: int) -> float:
    """Return the running mean of at most some 20 numbers, of which `new` is the newest.

    >>> mean(mean(None, 4.0, 1), 2.0, 2)
    3.0
    """
    share = max(1 / max(count, 1), 0.05)
    return new if before is None else (1 - share) * before + share * new
