"""Declared settings of schedules."""

from __future__ import annotations

from typing import Any

from ...checks import Check

__all__ = ["setting"]


def setting(check: Check) -> Any:
    """Declare a setting of a schedule: an attribute that is validated, and saved with its state.

    ``gamma: float = setting(positive)`` in a subclass of LRScheduler adds ``gamma`` to its
    ``checks``.
    """
    return _Setting(check)


class _Setting:
    def __init__(self, check: Check) -> None:
        self.check = check

    def __set_name__(self, owner: Any, name: str) -> None:
        owner.checks = {**owner.checks, name: self.check}
