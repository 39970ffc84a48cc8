"""Beside the figures: which parameters are watched, and how."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.changes import ChangeDetector
from ...control.watching import VIEW_LABELS, Watching
from ..parts.echo import EchoGuard
from ..parts.html import button, close_all, line, text
from .parameter_lists import ParameterLists

__all__ = ["ParameterChooser"]

Later = Callable[[Callable[[], object]], None]


class ParameterChooser(widgets.VBox):
    """What is watched, and a view of it; unfolded, a search and a list for each group.

    Args:
        watching: what it sets.
        later: runs an action between two steps, and then shows what is new or what is refused.
    """

    def __init__(self, watching: Watching, later: Later) -> None:
        self.watching, self._later = watching, later
        self.children: Any
        self._echo, self._state = EchoGuard(), ChangeDetector()
        self.toggle = button("", "", "choose other parameters, or close the list")
        self.toggle.layout.max_width = "100%"
        self.view = widgets.Dropdown(
            options=[(label, view) for view, label in VIEW_LABELS.items()],
            value=watching.figure.view,
            description="Shown",
            tooltip="how the watched parameters are drawn",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="216px", max_width="100%", margin="2px 8px"),
        )
        self.marks = widgets.Checkbox(
            value=watching.figure.marks,
            description="mark changes",
            tooltip="a dotted line where a learning rate changed, or a group froze or thawed",
            indent=False,
            layout=widgets.Layout(width="auto", margin="2px 8px"),
        )
        self.note = widgets.HTML(layout=widgets.Layout(margin="0 8px"))
        self.fold: Any = None  # made when it is first opened
        super().__init__(
            [line(self.toggle, self.view, self.marks, self.note)],
            layout=widgets.Layout(margin="0"),
        )
        self.add_class("fineopt-chooser")
        self.show()
        self.toggle.on_click(lambda _: later(self._open_or_close))
        self._echo.observe(self.view, self._set("view"))
        self._echo.observe(self.marks, self._set("marks"))

    def _set(self, name: str) -> Callable[[object], object]:
        return lambda new: self._later(lambda: setattr(self.watching.figure, name, new))

    def _open_or_close(self) -> None:
        top = self.children[0]
        if self.fold is None:
            self.fold = ParameterLists(self.watching, self._later)
            self.children = [top, self.fold]
        else:
            close_all([self.fold])
            self.fold, self.children, self.watching.search = None, [top], ""

    def show(self) -> None:
        """Show what is watched now, whoever chose it."""
        watching, figure = self.watching, self.watching.figure
        key = (figure.watched, figure.view, figure.marks, self.fold, watching.search,
               watching.together, figure.record.runs, tuple(figure.record.groups))  # fmt: skip
        # Also if it is refused: the lists then show what is watched, not what was asked for.
        if not self._state.changed(key) and not (self.fold and self.fold.differs()):
            return
        with self._echo:
            self.toggle.description = (
                f"{watching.summary_text()} {'▾' if self.fold is None else '▴'}"
            )
            self.view.value, self.marks.value = figure.view, figure.marks
            self.note.value = text(f"<small>{escape(watching.note())}</small>")
        if self.fold is not None:
            self.fold.show()
