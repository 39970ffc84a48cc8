"""What a page must be told to go from one scene to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...scenes.scene import Chart, Scene

__all__ = ["Differ", "Difference"]


class Difference:
    """Words, patches of tables, and their numbers, of what is new in a scene.

    Attributes:
        said: the words of each chart that changed, without its tables.
        patches: ``[chart, table, rows that stay, rows, columns]`` of each table that changed.
        data: the rows that do not stay, of all patches, as bytes of float32.
        dropped: the tables that each chart no longer has.
        gone: the charts that the scene no longer has.
    """

    def __init__(self) -> None:
        self.said: dict[str, dict[str, Any]] = {}
        self.patches: list[list[Any]] = []
        self.data = b""
        self.dropped: dict[str, list[str]] = {}
        self.gone: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.said or self.patches or self.dropped or self.gone)

    def content(self) -> dict[str, Any]:
        """Return the message, without its numbers."""
        content: dict[str, Any] = {"said": self.said, "patches": self.patches}
        if self.dropped:
            content["dropped"] = self.dropped
        if self.gone:
            content["gone"] = self.gone
        return content


class Differ:
    """Remembers the scene that pages have, and finds what is new in the next.

    Most frames append a few rows to each table: only those are sent. Words are compared as they
    are, since most of them stay from frame to frame.

    >>> differ = Differ()
    >>> chart = {"title": "Loss", "tables": {"t": np.zeros((2, 2), np.float32)}}
    >>> differ.update({"loss": chart}).patches
    [['loss', 't', 0, 2, 2]]
    >>> longer = {"title": "Loss", "tables": {"t": np.zeros((3, 2), np.float32)}}
    >>> new = differ.update({"loss": longer})
    >>> new.said, new.patches, len(new.data)
    ({}, [['loss', 't', 2, 3, 2]], 8)
    """

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Any]] = {}
        self._tables: dict[str, dict[str, NDArray[np.float32]]] = {}
        self._charts: dict[str, Chart] = {}

    def forget(self) -> None:
        """Send a whole scene next."""
        self._said, self._tables, self._charts = {}, {}, {}

    def update(self, scene: Scene) -> Difference:
        """Return what is new in a scene, and remember it."""
        new, parts = Difference(), []
        new.gone = [name for name in self._said if name not in scene]
        for name in new.gone:
            del self._said[name], self._tables[name], self._charts[name]
        for name, chart in scene.items():
            if chart is self._charts.get(name):
                continue  # the very same, such as a chart of epochs
            self._charts[name] = chart
            # The alt text of a chart counts steps, so it differs in each frame; a page has its own.
            words = {k: v for k, v in chart.items() if k not in ("tables", "alt")}
            if self._said.get(name) != words:
                new.said[name] = self._said[name] = words
            before = self._tables.setdefault(name, {})
            if lost := [key for key in before if key not in chart["tables"]]:
                new.dropped[name] = lost
                for key in lost:
                    del before[key]
            for key, table in chart["tables"].items():
                keep = _alike(before.get(key), table)
                if keep < 0:
                    continue
                new.patches.append([name, key, keep, *table.shape])
                parts.append(table[keep:].tobytes())
                before[key] = table
        new.data = b"".join(parts)
        return new


def _alike(before: NDArray[np.float32] | None, table: NDArray[np.float32]) -> int:
    """Return how many leading rows stay; -1 if all do, and there are no others."""
    if before is table:
        return -1
    if before is None or before.shape[1] != table.shape[1]:
        return 0
    count = min(len(before), len(table))
    same = (before[:count].view(np.uint32) == table[:count].view(np.uint32)).all(axis=1)
    keep = count if same.all() else int(np.argmin(same))
    return -1 if keep == len(table) == len(before) else keep
