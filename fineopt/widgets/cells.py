"""Tracks which notebook cells show which panels, and closes panels whose cell no longer does.

With each executed cell, a front end sends the cell's id and the ids of the cells deleted since the
last execution. A panel that its cell no longer shows after another execution has been replaced: it
is closed as soon as it is not visible anywhere else. Where cells have no ids, as in a plain
console, nothing is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Protocol
from weakref import WeakSet

from IPython.core.getipython import get_ipython

from ..control.playing.interrupts import interrupt

__all__ = ["Cells", "Shown", "cells"]


class Shown(Protocol):
    """What cells show: a panel."""

    def replace(self) -> None:
        """Close as soon as it is not visible anywhere."""


class Cells:
    """Follows the execution of cells, and replaces the panels that they no longer show."""

    def __init__(self) -> None:
        self._shell: Any = None
        self._panels: WeakSet[Shown] = WeakSet()
        self._made_in: dict[int, str] = {}
        self._shown_in: dict[int, set[str]] = {}
        self._before: dict[str, list[Shown]] = {}  # what running cells made or showed last time

    def made(self, panel: Shown) -> None:
        """Record the cell that makes a panel; until it is shown, it belongs there."""
        self._follow()
        cell = self._cell()
        if cell is not None:
            self._panels.add(panel)
            self._made_in[id(panel)] = cell

    def shown(self, panel: Shown) -> None:
        """Record a cell that shows a panel; there may be others."""
        self._follow()
        self._made_in.pop(id(panel), None)
        cell = self._cell()
        if cell is not None:
            self._panels.add(panel)
            self._shown_in.setdefault(id(panel), set()).add(cell)

    def forget(self, panel: Shown) -> None:
        """Discard a closed panel."""
        self._panels.discard(panel)
        self._made_in.pop(id(panel), None)
        self._shown_in.pop(id(panel), None)

    # ---- the kernel's side ----

    def _follow(self) -> None:
        shell = get_ipython()  # type: ignore[no-untyped-call]
        if shell is not None and shell is not self._shell:
            self._shell = shell
            shell.events.register("pre_run_cell", self._before_cell)
            shell.events.register("post_run_cell", self._after_cell)

    def _metadata(self) -> dict[str, Any]:
        header = getattr(get_ipython(), "parent_header", None) or {}  # type: ignore[no-untyped-call]
        found: dict[str, Any] = header.get("metadata", {})
        return found

    def _cell(self) -> str | None:
        return self._metadata().get("cellId")

    def _before_cell(self, *_: object) -> None:
        metadata = self._metadata()
        for cell in metadata.get("deletedCells") or ():
            self._replace(cell, self._take_out(cell))
        cell = metadata.get("cellId")
        if cell is not None:
            self._before[cell] = self._take_out(cell)

    def _after_cell(self, result: Any) -> None:
        error = getattr(result, "error_in_exec", None)
        if isinstance(error, KeyboardInterrupt | asyncio.CancelledError):
            interrupt()  # the cell received it; runs that play meanwhile pause too
        cell = self._cell()
        if cell is not None:
            self._replace(cell, self._before.pop(cell, []))

    def _take_out(self, cell: str) -> list[Shown]:
        found = []
        for panel in self._panels:
            if cell in self._shown_in.get(id(panel), ()):
                self._shown_in[id(panel)].discard(cell)
                found.append(panel)
            elif self._made_in.get(id(panel)) == cell:
                found.append(panel)
        return found

    def _replace(self, cell: str, panels: Iterable[Shown]) -> None:
        old = {id(panel) for panel in panels}
        new = any(made == cell and key not in old for key, made in self._made_in.items())
        new = new or any(cell in at and key not in old for key, at in self._shown_in.items())
        for panel in panels:
            # a panel made here but never shown may be kept for later, unless a new one was made
            never_shown = id(panel) in self._made_in
            if not self._shown_in.get(id(panel)) and (new or not never_shown):
                panel.replace()


cells = Cells()
