"""The chooser of watched parameters and of the way they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.changes import ChangeDetector
from ...control.playing.loop import Submit
from ...control.watching import Watching
from ...language import say
from ...scenes.views import VIEW_LABELS
from ..parts.echo import EchoGuard
from ..parts.html import button, close_all, paragraph, wrapping_row
from ..parts.refusal import Refusal
from .parameter_lists import ParameterLists

__all__ = ["ParameterChooser"]


class ParameterChooser(widgets.VBox):
    """A summary of the watched parameters, and a fold with a checkbox for each parameter.

    Args:
        watching: the controller of the figure.
        submit: runs an action between two steps, then shows its result or its error.
    """

    def __init__(self, watching: Watching, submit: Submit) -> None:
        self.refusal = Refusal()
        self.watching, self._submit = watching, self.refusal.beside(submit)
        self.children: Any
        self._echo, self._state = EchoGuard(), ChangeDetector()
        self.toggle = button("", "", say("choose the parameters to watch, or close the list"))
        self.toggle.layout.max_width = "100%"
        self.view = widgets.Dropdown(
            options=[(say(label), view) for view, label in VIEW_LABELS.items()],
            value=watching.figure.view,
            description=say("View"),
            tooltip=say("how the watched parameters are drawn"),
            style={"description_width": "initial"},
            layout=widgets.Layout(width="216px", max_width="100%", margin="2px 8px"),
        )
        self.marks = widgets.Checkbox(
            value=watching.figure.marks,
            description=say("mark changes"),
            tooltip=say("draw a dotted line at each change of a learning rate, freezing included"),
            indent=False,
            layout=widgets.Layout(width="auto", margin="2px 8px"),
        )
        self.note = widgets.HTML(layout=widgets.Layout(margin="0 8px"))
        self.fold: Any = None  # created when it is opened
        super().__init__(
            [wrapping_row(self.toggle, self.view, self.marks, self.note), self.refusal],
            layout=widgets.Layout(margin="0"),
        )
        self.add_class("fineopt-chooser")
        self.show()
        self.toggle.on_click(lambda _: self._submit(self._toggle_fold))
        self._echo.observe(self.view, self._set("view"))
        self._echo.observe(self.marks, self._set("marks"))

    def _set(self, name: str) -> Callable[[object], object]:
        return lambda new: self._submit(lambda: setattr(self.watching.figure, name, new))

    def _toggle_fold(self) -> None:
        top = self.children[:2]
        if self.fold is None:
            self.fold = ParameterLists(self.watching, self._submit)
            self.children = [*top, self.fold]
        else:
            close_all([self.fold])
            self.fold, self.children, self.watching.search = None, top, ""

    def show(self) -> None:
        """Show the currently watched parameters."""
        watching, figure = self.watching, self.watching.figure
        key = (figure.watched, figure.view, figure.marks, self.fold, watching.search,
               figure.record.runs, tuple(figure.record.groups))  # fmt: skip
        # After a rejected choice the key is unchanged, but the lists must show what is watched.
        if not self._state.changed(key) and not (self.fold and self.fold.differs()):
            return
        with self._echo:
            self.toggle.description = (
                f"{watching.summary_text()} {'▾' if self.fold is None else '▴'}"
            )
            self.view.value, self.marks.value = figure.view, figure.marks
            self.note.value = paragraph(f"<small>{escape(watching.note())}</small>")
        if self.fold is not None:
            self.fold.show()
