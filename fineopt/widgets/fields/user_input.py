"""The base class of sliders and number fields: tells user input from values that code shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ...control.playing.loop import Submit
from ..page import SHORTCUTS
from ..parts.echo import EchoGuard

__all__ = ["MAX_PAGES", "InputWidget"]

HERE = Path(__file__).parent
MAX_PAGES = 8  # whose last event is remembered: each tab, or second view, is one


def run_now(action: Callable[[], object]) -> object:
    """Run an action immediately."""
    return action()


class InputWidget(anywidget.AnyWidget):
    """A widget whose page sends only user input, as numbered events.

    Python displays its state in a single trait, `display_state`, and the page never replies to a
    change of it. A displayed value is therefore never mistaken for user input, no matter how late
    a message arrives or how many tabs are open. Assigning ``value`` in Python has the effect of
    user input.

    Args:
        value: the initial value.
        label: the accessible name.
        submit: runs an action between two steps; if None, actions run immediately.
    """

    # Texts, not paths: anywidget watches a path for changes, and then never frees the widget.
    _esm = SHORTCUTS + (HERE / "user_input.js").read_text(encoding="utf-8")
    _css = (HERE / "user_input.css").read_text(encoding="utf-8")
    kind = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    colour = traitlets.Unicode("#808080").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    display_state = traitlets.Dict().tag(sync=True)
    value: Any = traitlets.Union([traitlets.Int(), traitlets.Float()])  # `display_state` is synced

    def __init__(self, value: float, label: str, submit: Submit | None, **traits: Any) -> None:
        self._submit = submit or run_now
        self._pending: deque[dict[str, Any]] = deque()  # events not yet handled, in order
        self._acknowledged: dict[str, int] = {}  # by page: the id of the last event handled
        self._echo = EchoGuard()
        super().__init__(value=value, label=label, **traits)
        self.on_msg(self._on_message)
        self._echo.observe(self, lambda value: self._enqueue({"value": value}))

    def show(self, value: float) -> None:
        """Display a value, unless user input is pending."""
        if self._pending:
            return
        with self._echo:
            self.value = value
        self.display_state = {**self.display(), "acknowledged": dict(self._acknowledged)}

    def display(self) -> dict[str, Any]:
        """Return what the page displays."""
        raise NotImplementedError

    def handle(self, event: dict[str, Any]) -> None:
        """Handle an event of user input."""
        raise NotImplementedError

    def _on_message(self, _: object, content: Any, __: object) -> None:
        if isinstance(content, dict) and isinstance(content.get("event_id"), int):
            self._enqueue(content)

    def _enqueue(self, event: dict[str, Any]) -> None:
        """Queue an event, possibly from another thread; it is handled between two steps."""
        self._pending.append(event)
        self._submit(self._handle_next)

    def _handle_next(self) -> None:
        event = self._pending.popleft()
        if "page" in event:
            page = str(event["page"])
            self._acknowledged.pop(page, None)
            newest = [*self._acknowledged.items(), (page, event["event_id"])]
            self._acknowledged = dict(newest[-MAX_PAGES:])
        try:
            self.handle(event)
        finally:
            self.show(self.value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.label!r}, {self.value!r})"
