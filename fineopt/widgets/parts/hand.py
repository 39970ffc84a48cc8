"""What a slider and a number field have in common: they tell a hand from what code shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from .echo import EchoGuard

__all__ = ["HandWidget", "Later"]

Later = Callable[[Callable[[], object]], object]
HERE = Path(__file__).parent
PAGES = 8  # whose acts are remembered: each tab, or second view, is one


def at_once(action: Callable[[], object]) -> object:
    """Run an action now."""
    return action()


class HandWidget(anywidget.AnyWidget):
    """A widget to which the page sends only what a hand does, each act with a number.

    Python shows all that changes in one piece, `shown`; the page never answers it. So no answer can
    be taken for a hand, however late it comes and from however many tabs. ``value`` may be assigned
    from Python as a hand would set it.

    Args:
        value: what to show first.
        label: the accessible name.
        later: runs an action between two steps; at once if None.
    """

    # Texts, not paths: a path is watched for changes, for which each widget would be kept for ever.
    _esm = (HERE / "hand.js").read_text(encoding="utf-8")
    _css = (HERE / "hand.css").read_text(encoding="utf-8")
    kind = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    colour = traitlets.Unicode("#808080").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)
    value: Any = traitlets.Union([traitlets.Int(), traitlets.Float()])  # not sent: `shown` is

    def __init__(self, value: float, label: str, later: Later | None, **traits: Any) -> None:
        self._later = later or at_once
        self._asked: deque[dict[str, Any]] = deque()  # acts on their way, in order
        self._heard: dict[str, int] = {}  # by page: its newest act that is done
        self._echo = EchoGuard()
        super().__init__(value=value, label=label, **traits)
        self.on_msg(self._told)
        self._echo.observe(self, lambda value: self._ask({"value": value}))

    def show(self, value: float) -> None:
        """Show a value, whoever set it, unless a hand's newer one is on its way."""
        if self._asked:
            return
        with self._echo:
            self.value = value
        self.shown = {**self.picture(), "heard": dict(self._heard)}

    def picture(self) -> dict[str, Any]:
        """Return what the page shows."""
        raise NotImplementedError

    def take(self, act: dict[str, Any]) -> None:
        """Do what a hand asks for."""
        raise NotImplementedError

    def _told(self, _: object, act: Any, __: object) -> None:
        if isinstance(act, dict) and isinstance(act.get("act"), int):
            self._ask(act)

    def _ask(self, act: dict[str, Any]) -> None:
        """Ask for an act; it may come on another thread, and is done between two steps."""
        self._asked.append(act)
        self._later(self._do)

    def _do(self) -> None:
        act = self._asked.popleft()
        if "page" in act:
            page = str(act["page"])
            self._heard.pop(page, None)
            self._heard = dict([*self._heard.items(), (page, act["act"])][-PAGES:])
        try:
            self.take(act)
        finally:
            self.show(self.value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.label!r}, {self.value!r})"
