"""What one step of fineopt's own engine may change, captured before it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from ... import stream
from ...atomic import Change
from ...core.capture import Captured
from ...core.tensor import Tensor
from ...optimizer.multiple import AnyOptimizer

__all__ = ["NativeSavepoint", "refilling"]


class NativeSavepoint:
    """What one step may change.

    Args:
        tensors: whose values and gradients it may change.
        optimizer: that moves them.
    """

    def __init__(self, tensors: Iterable[Tensor], optimizer: AnyOptimizer) -> None:
        self._tensors = Captured(tensors)
        self._optimizer = optimizer.capture()
        self._dicts: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._random = stream.captured()  # dropout draws from it

    def add(self, *dicts: dict[str, Any]) -> None:
        """Capture the items of dicts too, such as a schedule's attributes and its groups."""
        self._dicts += [(live, dict(live)) for live in dicts]

    def restoring(self) -> list[Change]:
        """Return the changes that undo the step."""
        changes = [*self._tensors.restoring(), *self._optimizer.restoring()]
        changes += stream.restoring(self._random)
        return changes + [c for live, kept in self._dicts for c in refilling(live, kept)]


def refilling(live: dict[str, Any], kept: dict[str, Any]) -> list[Change]:
    """Return the changes that give a dict the items of another, and no others."""
    return [partial(live.clear), partial(live.update, kept)]
