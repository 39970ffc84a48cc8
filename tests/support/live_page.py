"""A page that shows a live view, in Python: it keeps the scene that it is told of."""

from __future__ import annotations

from typing import Any

from fineopt.widgets.live import SceneView
from tests.support.panels import tell
from tests.support.reference_page import ReferencePage


class LivePage:
    """Receives what a `SceneView` sends, as the page does, and answers.

    Args:
        view: the widget; only one page at a time sees its messages.
        name: of the page.
        acknowledges: whether it answers each frame at once.
    """

    def __init__(self, view: SceneView, name: str = "page", acknowledges: bool = True) -> None:
        self.view, self.name, self.acknowledges = view, name, acknowledges
        self.page = ReferencePage(name)
        self.scene: dict[str, Any] = {}
        self.alt, self.frame, self.frames, self.bytes = "", 0, 0, 0
        view.send = self._receive
        self.tell(hello=True)

    def tell(self, **content: Any) -> None:
        """Send a message to Python."""
        tell(self.view, {"page": self.name, **content})

    def _receive(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        if message.get("full"):
            assert message["style"]["light"]
        if self.page.receive(message, buffers[0]):
            self.tell(hello=True)
            return
        self.scene, self.alt, self.frame = self.page.charts, self.page.alt, self.page.frame
        self.frames += 1
        self.bytes += len(buffers[0])
        if self.acknowledges:
            self.tell(ack=self.frame)
