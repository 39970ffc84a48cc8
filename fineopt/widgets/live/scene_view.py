"""A widget that draws a scene in the browser, and follows it as it changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, TypeGuard

import anywidget

from ...control.playing.loop import ActionQueue
from ...language import language, speaking
from ...scenes.scene import Scene
from ...scenes.style import style_table
from ..page import GROUND
from .pages import ACK_COST, ACK_EVERY, Pages
from .transport import Differ
from .words import page_words

__all__ = ["SceneView"]

HERE = Path(__file__).parent
PARTS = ("theme.js", "painter.js", "pointer.js", "page.js")  # one module: anywidget takes no others
DESCRIBE_EVERY = 2.0  # seconds between descriptions while the scene moves


class SceneView(anywidget.AnyWidget):
    """Draws a scene on a canvas, in the colours and the width of its page.

    Only what is new is sent, and only while a page looks and keeps up. Messages of the page arrive
    in any thread, and are handled between two steps.

    Args:
        make: returns the current scene. It is called only if a page wants a frame.
        describe: returns its description.
        actions: runs what the page asks for.
        watch: called with the name of a parameter whose row or line was clicked.
        drop: called with x and y where the pointer was pressed in a chart that takes a start.
        charge: called with the seconds that an acknowledgement costs the kernel.

    Attributes:
        frames: how many messages were sent.
    """

    _esm = "\n".join([GROUND, *((HERE / part).read_text(encoding="utf-8") for part in PARTS)])
    _css = (HERE / "charts.css").read_text(encoding="utf-8")

    def __init__(
        self,
        make: Callable[[], Scene],
        describe: Callable[[], str],
        actions: ActionQueue,
        *,
        watch: Callable[[str], object] | None = None,
        drop: Callable[[float, float], object] | None = None,
        charge: Callable[[float], object] = lambda seconds: None,
    ) -> None:
        self._make, self._describe, self._actions = make, describe, actions
        self._watch, self._drop, self._charge = watch, drop, charge
        self._pages, self._differ = Pages(), Differ()
        self._stale = True
        self._told, self._told_at = "", 0.0
        self.frames = 0
        super().__init__()
        self.on_msg(self._on_message)

    def refresh(self, final: bool = True) -> None:
        """Show the current scene, as soon as a page wants it.

        Args:
            final: whether the scene stays for now, so that its description is due as well.
        """
        self._stale = True
        if final:
            self._told_at = 0.0
        self._offer(final)

    def _offer(self, final: bool = False) -> None:
        now = monotonic()
        if not self._stale or self.comm is None or not self._pages.ready(now, final):
            return
        self._stale = False
        self._push_scene(now)

    def _push_scene(self, now: float, full: bool = False) -> None:
        with speaking(language()):  # looked up once, not for each of the words
            self._push_words(now, full)

    def _push_words(self, now: float, full: bool) -> None:
        if full:
            self._differ.forget()
        new = self._differ.update(self._make())
        content = new.content()
        if full or now - self._told_at >= DESCRIBE_EVERY:
            self._told_at = now
            if full or (text := self._describe()) != self._told:
                content["alt"] = self._told = self._describe() if full else text
        if not (new or full or "alt" in content):
            return
        if full:
            content |= {"full": True, "every": 1000 * ACK_EVERY, "style": style_table()}
            content["words"] = page_words()
        self.frames += 1
        self._pages.sent(self.frames, now)
        self.send({"frame": self.frames, **content}, [new.data])

    # ---- messages of pages ----

    def _on_message(self, _: object, content: Any, __: object) -> None:
        if isinstance(content, dict) and isinstance(content.get("page"), str):
            self._actions.submit(lambda: self._hear(content["page"], content))

    def _hear(self, page: str, content: dict[str, Any]) -> None:
        if self.comm is None:
            return
        if "hello" in content or "wake" in content:
            self._pages.hello(page)
            self._push_scene(monotonic(), full=True)
        elif "sleep" in content:
            self._pages.sleep(page)
        elif isinstance(content.get("idle"), bool):
            self._pages.idle(page, content["idle"])
            self._offer()
        elif isinstance(content.get("ack"), int):
            self._charge(ACK_COST)
            if self._pages.acknowledge(page, content["ack"]):
                self._push_scene(monotonic(), full=True)
            self._offer()
        elif isinstance(name := content.get("watch"), str) and self._watch is not None:
            self._watch(name)
        elif self._drop is not None and _is_point(point := content.get("drop")):
            self._drop(point[0], point[1])


def _is_point(value: Any) -> TypeGuard[Sequence[float]]:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        and all(map(math.isfinite, value))
    )
