"""A page that shows a live view, in Python: it keeps the scene that it is told of."""

from __future__ import annotations

from typing import Any

import numpy as np

from fineopt.widgets.live import SceneView
from tests.support.panels import tell


class LivePage:
    """Receives what a `SceneView` sends, as the page does, and answers.

    Args:
        view: the widget; only one page at a time sees its messages.
        name: of the page.
        acknowledges: whether it answers each frame at once.
    """

    def __init__(self, view: SceneView, name: str = "page", acknowledges: bool = True) -> None:
        self.view, self.name, self.acknowledges = view, name, acknowledges
        self.scene: dict[str, Any] = {}
        self.alt, self.frame, self.frames, self.bytes = "", 0, 0, 0
        view.send = self._receive
        self.tell(hello=True)

    def tell(self, **content: Any) -> None:
        """Send a message to Python."""
        tell(self.view, {"page": self.name, **content})

    def _receive(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        if message.get("full"):
            self.scene = {}
            assert message["style"]["light"]
        for name in message.get("gone", ()):
            del self.scene[name]
        for name, words in message["said"].items():
            self.scene[name] = {**words, "tables": self.scene.get(name, {}).get("tables", {})}
        numbers, at = np.frombuffer(buffers[0], np.float32), 0
        for name, key, keep, rows, columns in message["patches"]:
            tables, size = self.scene[name]["tables"], (rows - keep) * columns
            tail = numbers[at : at + size].reshape(-1, columns)
            at += size
            before = tables.get(key, np.empty((0, columns), np.float32))
            tables[key] = np.concatenate([before[:keep], tail]) if keep else tail
            assert len(tables[key]) == rows
        assert at == len(numbers)
        for name, keys in message.get("dropped", {}).items():
            for key in keys:
                del self.scene[name]["tables"][key]
        self.alt = message.get("alt", self.alt)
        self.frame, self.frames = message["frame"], self.frames + 1
        self.bytes += len(buffers[0])
        if self.acknowledges:
            self.tell(ack=self.frame)
