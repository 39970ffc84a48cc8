"""What a page does with the messages of a view, in plain Python: the JavaScript does the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReferencePage", "plain"]


class ReferencePage:
    """Holds the scene that a page knows after the messages that it was sent.

    Args:
        name: of the page.
    """

    def __init__(self, name: str = "a tab") -> None:
        self.name = name
        self.frame = -1  # nothing yet
        self.charts: dict[str, dict[str, Any]] = {}
        self.alt = ""

    def receive(self, content: dict[str, Any], data: bytes) -> bool:
        """Take in a message; return whether the page must ask for everything."""
        if content.get("full"):
            self.charts = {}
        elif self.frame < 0:
            return False  # its own scene is on the way
        elif content["frame"] != self.frame + 1:
            self.frame = -1
            return True
        self.frame = content["frame"]
        self.alt = content.get("alt", self.alt)
        for name in content.get("gone", []):
            del self.charts[name]
        for name, said in content["said"].items():
            self.charts[name] = {"tables": self.charts.get(name, {}).get("tables", {}), **said}
        at = 0
        for name, key, keep, rows, columns in content["patches"]:
            tail: NDArray[np.float32] = np.frombuffer(
                data, np.float32, (rows - keep) * columns, at
            ).reshape(-1, columns)
            at += tail.nbytes
            tables = self.charts[name]["tables"]
            held = tables[key][:keep] if keep else tail[:0]
            tables[key] = np.concatenate([held, tail])
        assert at == len(data), "every byte has a place"
        for name, keys in content.get("dropped", {}).items():
            for key in keys:
                del self.charts[name]["tables"][key]
        return False


def plain(charts: dict[str, Any]) -> dict[str, Any]:
    """Return charts as plain values to compare, without their alt texts."""
    return {
        name: {
            **{k: v for k, v in chart.items() if k not in ("tables", "alt")},
            "tables": {
                k: (t.shape, np.ascontiguousarray(t).tobytes()) for k, t in chart["tables"].items()
            },
        }
        for name, chart in charts.items()
    }
