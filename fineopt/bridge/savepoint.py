"""What one step may change, captured before it."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..atomic import Change

__all__ = ["Savepoint"]


class Savepoint:
    """What one step may change, captured before it.

    Args:
        state: of an engine, as it is now.
    """

    def __init__(self, state: Any) -> None:
        self._state = state
        self._dicts: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def add(self, *dicts: dict[str, Any]) -> None:
        """Capture the items of dicts too."""
        self._dicts += [(live, dict(live)) for live in dicts]

    def restoring(self) -> list[Change]:
        """Return the changes that undo the step."""
        changes: list[Change] = self._state.restoring()
        return changes + [c for d, kept in self._dicts for c in (d.clear, partial(d.update, kept))]
