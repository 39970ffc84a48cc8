"""All param groups of an optimizer under a hand, as they come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .group_controller import GroupController

__all__ = ["GroupControllers"]


class GroupControllers:
    """A GroupController for each group that there is now; each group keeps its own.

    Args:
        optimizer: returns the optimizer, which may be replaced and may get more groups.
    """

    def __init__(self, optimizer: Callable[[], Any]) -> None:
        self._optimizer = optimizer
        self._known: list[GroupController] = []

    def now(self) -> list[GroupController]:
        """Return the controllers in the groups' order."""
        optimizer = self._optimizer()
        known = {id(controller.group): controller for controller in self._known}
        self._known = [
            known.get(id(group)) or GroupController(optimizer, i)
            for i, group in enumerate(optimizer.param_groups)
        ]
        for controller in self._known:
            controller.optimizer = optimizer
        return self._known

    def look(self) -> tuple[Any, ...]:
        """Return all that rows show, as plain values to be compared."""
        return tuple(controller.look() for controller in self.now())
