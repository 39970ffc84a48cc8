"""A button that copies code made in Python, and shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from ...control.playing.loop import Submit
from ...language import say

__all__ = ["CopyCode"]

HERE = Path(__file__).parent


class CopyCode(anywidget.AnyWidget):
    """A button; code made when it is pressed is copied and shown, until it is pressed again.

    Args:
        label: the text of the button.
        tooltip: its tooltip.
        make: returns the code; an error that it raises is shown in the panel.
        submit: runs an action between two steps.
    """

    # Texts, not paths: anywidget watches a path for changes, and then never frees the widget.
    _esm = (HERE / "copy_code.js").read_text(encoding="utf-8")
    _css = (HERE / "copy_code.css").read_text(encoding="utf-8")
    label = traitlets.Unicode("").tag(sync=True)
    hint = traitlets.Unicode("").tag(sync=True)  # `tooltip` needs a description in the page
    copied = traitlets.Unicode("").tag(sync=True)
    refused = traitlets.Unicode("").tag(sync=True)

    def __init__(self, label: str, tooltip: str, make: Callable[[], str], submit: Submit) -> None:
        self._make, self._submit = make, submit
        super().__init__(
            label=label,
            hint=tooltip,
            copied=say("Copied: paste it into a cell."),
            refused=say("This page may not copy: press Ctrl+C."),
            layout=widgets.Layout(margin="0", width="100%"),
        )
        self.on_msg(self._on_message)

    def _on_message(self, _: object, content: Any, __: object) -> None:
        page = content.get("page") if isinstance(content, dict) else None
        if isinstance(page, str):
            self._submit(lambda: self.send({"page": page, "code": self._make()}))
