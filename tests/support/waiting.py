"""Waiting for the event loop without measuring time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["turns", "until"]


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop run until a condition holds; fail if it never does."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("the condition never held")


async def turns(count: int = 50) -> None:
    """Let the event loop run so many turns, in which a player that plays takes as many steps."""
    for _ in range(count):
        await asyncio.sleep(0)
