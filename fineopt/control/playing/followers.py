"""Who follows a run, and is told how it gets on."""

from __future__ import annotations

import math
from typing import Protocol
from weakref import WeakKeyDictionary

__all__ = ["Follower", "Followers"]


class Follower(Protocol):
    """Who is told how a run gets on; such as the controller of a panel."""

    frame: float  # seconds between two frames, while the run plays

    def told(self) -> None:
        """Show what is new."""

    def begun_again(self) -> None:
        """Forget what was remembered of the run, which is at its start again."""


class Followers:
    """Holds followers, weakly, and whether they can be seen: there somebody can press Pause."""

    def __init__(self) -> None:
        self._seen: WeakKeyDictionary[Follower, bool] = WeakKeyDictionary()

    def __bool__(self) -> bool:
        return bool(self._seen)

    @property
    def frame(self) -> float:
        """Seconds between two frames, for whoever wants the most of them."""
        return min((follower.frame for follower in self._seen), default=math.inf)

    def join(self, follower: Follower) -> None:
        """Tell a follower from now on."""
        self._seen.setdefault(follower, False)

    def in_sight(self, follower: Follower) -> None:
        """Note that a follower can be seen."""
        self._seen[follower] = True

    def out_of_sight(self, follower: Follower) -> bool:
        """Note that a follower can't be seen any more; return whether any other can."""
        self._seen[follower] = False
        return any(self._seen.values())

    def leave(self, follower: Follower) -> bool:
        """Tell a follower no more; return whether one is left that can be seen, if this could."""
        seen = self._seen.pop(follower, False)
        return any(self._seen.values()) if seen else bool(self._seen)

    def tell(self) -> None:
        """Tell all followers that something is new."""
        for follower in list(self._seen):
            follower.told()

    def begin_again(self) -> None:
        """Tell all followers that the run is at its start again."""
        for follower in list(self._seen):
            follower.begun_again()
        self.tell()
