"""The interface of a run, as a player plays it."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol, TypeVar

__all__ = ["Halt", "Run", "RunT"]


class Halt(Exception):
    """Raised in a step after which the run should pause; the message gives the reason."""


class Run(Protocol):
    """What a player plays."""

    def step(self) -> bool:
        """Take a step; return whether to go on. May raise `Halt`."""

    def parameter_ids(self) -> Set[int]:
        """Return the ids of what a step changes: of two runs that share any, only one plays."""


RunT = TypeVar("RunT", bound=Run)
