"""A page with a live view and no Jupyter.

Messages are carried by hand, so that tests are quick. The JavaScript is the one that anywidget
loads, and the view is a real one. What Jupyter adds, such as tabs, reloads and restarts, is tested
in `test_live.py`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Locator, Page

from fineopt.control.playing.loop import Action, ActionQueue
from fineopt.scenes.scene import Scene
from fineopt.widgets.live import SceneView

__all__ = ["Stage"]

LOAD = """async ([module, styles]) => {
    const link = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
    const made = (await import(link)).default();
    document.head.append(Object.assign(document.createElement("style"), { textContent: styles }));
    const listeners = new Set(), sent = [];
    const model = {
        send: content => sent.push(content),
        on: (_, listener) => listeners.add(listener),
        off: (_, listener) => listeners.delete(listener),
        get: () => undefined,
    };
    await made.initialize({ model });
    window.stage = {
        sent,
        add(width) {
            const el = document.body.appendChild(document.createElement("div"));
            if (width) el.style.width = `${width}px`;
            return made.render({ model, el });
        },
        hear(content, data) {
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            // at an odd place in a larger buffer, as in a message with several parts
            const whole = new Uint8Array(bytes.length + 3);
            whole.set(bytes, 3);
            const view = new DataView(whole.buffer, 3);
            for (const listener of listeners) listener(content, [view]);
        },
    };
}"""
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PIXELS = """(canvas, [x, y, width, height]) =>
    [...canvas.getContext("2d").getImageData(x, y, width, height).data]"""


class AtOnce(ActionQueue):
    """Runs actions at once: Playwright's own event loop runs around a test."""

    def submit(self, action: Action) -> None:
        action()


class Stage:
    """A view of a scene in a page.

    Args:
        page: an empty page.
        make: returns the current scene.
        describe: returns its description.
        listeners: ``watch`` and ``drop`` of the view.
    """

    def __init__(
        self,
        page: Page,
        make: Callable[[], Scene],
        describe: Callable[[], str] = lambda: "a description",
        width: int | None = None,
        ground: str = "",
        **listeners: Any,
    ) -> None:
        self.page, self.heard = page, list[dict[str, Any]]()
        self.sizes: list[int] = []
        self.view = SceneView(make, describe, AtOnce(), **listeners)
        self.view.send = self._send  # type: ignore[method-assign]
        self.deaf = False  # whether what the view sends is lost
        page.goto("about:blank")
        page.set_content(f"<body style='margin:0;background:{ground}'></body>")
        page.evaluate(LOAD, [SceneView._esm, SceneView._css])
        page.evaluate("width => { window.stage.add(width); }", width)
        self.pump()

    def _send(self, content: Any, buffers: Sequence[bytes]) -> None:
        json.dumps(content, allow_nan=False)  # as the page's JSON.parse demands
        self.sizes.append(len(buffers[0]) + len(json.dumps(content)))
        if not self.deaf:
            data = base64.b64encode(buffers[0]).decode()
            self.page.evaluate("([c, data]) => window.stage.hear(c, data)", [content, data])

    def pump(self) -> None:
        """Carry messages until all is quiet, and let the page paint."""
        for _ in range(20):
            self.page.evaluate(FRAMES)
            said = self.page.evaluate("() => window.stage.sent.splice(0)")
            self.heard += said
            for content in said:
                self.view._on_message(None, content, None)
            if not said:
                return
        raise AssertionError(f"the page goes on and on: {said}")

    def refresh(self, final: bool = True) -> None:
        """Tell the view that its scene has changed, and let the page paint."""
        self.view.refresh(final)
        self.pump()

    # ---- what is seen ----

    @property
    def canvas(self) -> Locator:
        """The canvas of the first view."""
        return self.page.get_by_role("img").first

    @property
    def tip(self) -> Locator:
        """The words beside the pointer."""
        return self.page.locator(".fineopt-tip").first

    def boxes(self) -> dict[str, Any]:
        """Return where each chart and its axes are, in CSS pixels."""
        found: dict[str, Any] = self.page.evaluate(
            "() => document.querySelector('.fineopt-charts').fineoptView.boxes()"
        )
        return found

    def at(self, chart: str, x: float, y: float) -> tuple[float, float]:
        """Return the position of data on the canvas, in CSS pixels."""
        across, down = self.page.evaluate(
            """([name, x, y]) => {
                const box = document.querySelector('.fineopt-charts').fineoptView.boxes()[name];
                return [box.sx(x), box.sy(y)];
            }""",
            [chart, x, y],
        )
        return float(across), float(down)

    def pixels(self, x: float, y: float, width: float, height: float) -> list[tuple[int, ...]]:
        """Return the colours of a part of the canvas, in device pixels."""
        part = [round(v) for v in (x, y, width, height)]
        flat = self.canvas.evaluate(PIXELS, part)
        return [tuple(flat[i : i + 3]) for i in range(0, len(flat), 4)]
