"""Controllers of all param groups of an optimizer, as groups are added and removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...optimizer.labels import group_labels
from ...wording import MAX_NAMES
from .group import GroupController

__all__ = ["GroupControllers"]


class GroupControllers:
    """A GroupController for each current group; each group keeps its own.

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
        for i, controller in enumerate(self._known):
            controller.relocate(optimizer, i)
        return self._known

    def labels(self) -> list[str]:
        """Return the labels of all groups: together, since each depends on all others."""
        return group_labels(self._optimizer())

    def state_key(self) -> tuple[Any, ...]:
        """Return all that rows show, as plain values to compare."""
        optimizer = self._optimizer()
        owners = getattr(optimizer, "opts", (optimizer,))
        rules = [type(owner).__name__ for owner in owners for _ in owner.param_groups]
        return (*rules, *(controller.state_key() for controller in self.now()))

    def summary_texts(
        self, describe: Callable[[GroupController], str], most: int = MAX_NAMES
    ) -> list[str]:
        """Return each group's label, followed for the first ``most`` by their description."""
        labels, groups = self.labels(), self.now()
        described = [
            f"{label}{describe(group)}" for label, group in zip(labels, groups[:most], strict=False)
        ]
        return described + labels[most:]
