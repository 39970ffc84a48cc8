"""All parameters to choose from: a search box, and a checkbox for each, by group."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.playing.loop import Submit
from ...control.watching import Found, Watching
from ...language import say
from ..parts.echo import EchoGuard
from ..parts.html import (
    GREY,
    chip,
    close_all,
    escape_name,
    paragraph,
    with_hidden_text,
    wrapping_row,
)

__all__ = ["ParameterLists"]

MAX_BOXES = 60  # shown at a time; a search finds the others
Watch = Callable[[str, bool], object]


class ParameterLists(widgets.VBox):
    """A search box, and a checkbox for each parameter, below its group's name.

    Args:
        watching: the controller of the figure.
        submit: runs an action between two steps, then shows its result or its error.
    """

    def __init__(self, watching: Watching, submit: Submit) -> None:
        self.watching, self._submit = watching, submit
        self.search = widgets.Text(
            description=say("Find"),
            placeholder=say("parameter or group name"),
            tooltip=say("every word must match; Enter watches the first match"),
            style={"description_width": "initial"},
            layout=widgets.Layout(width="340px", max_width="100%", margin="2px 12px 2px 0"),
        )
        self.search_message = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.lists: Any = widgets.HBox(
            layout=widgets.Layout(
                flex_flow="row wrap", grid_gap="4px 12px", margin="0", max_height="420px",
                overflow="hidden auto", align_items="flex-start",
            )
        )  # fmt: skip
        hint = paragraph(
            f'<small style="color:{GREY}">{escape(say("At most 4 at a time."))}</small>'
        )
        super().__init__(
            [
                wrapping_row(self.search, self.search_message),
                self.lists,
                widgets.HTML(hint, layout=widgets.Layout(margin="0")),
            ],
            layout=widgets.Layout(margin="0 0 4px 0"),
        )
        self.show()
        self.search.observe(self._search_changed, "value")
        self.search.on_msg(self._search_submitted)

    def _search_changed(self, change: dict[str, Any]) -> None:
        self._submit(lambda: setattr(self.watching, "search", change["new"]))

    def _search_submitted(self, _: object, content: dict[str, Any], __: object) -> None:
        if content.get("event") == "submit":
            self._submit(self.watching.choose_first)

    def _watch(self, name: str, watched: bool) -> None:
        self._submit(lambda: self.watching.set_watched(name, watched))

    @property
    def boxes(self) -> dict[str, Any]:
        """The checkboxes by the parameter's name."""
        return {name: box for one in self.lists.children for name, box in one.boxes.items()}

    def differs(self) -> bool:
        """Return whether the choices shown differ from the watched parameters."""
        watched = self.watching.figure.watched
        return any(box.value != (name in watched) for name, box in self.boxes.items())

    def show(self) -> None:
        """Show the matches, and which of them are watched."""
        found = self.watching.found()
        shown, left = [], MAX_BOXES
        for one in found:
            if left > 0:
                shown.append(one._replace(names=one.names[:left]))
                left -= len(one.names)
        key = [(one.group, one.label, one.names) for one in shown]
        if [one.key for one in self.lists.children] != key:
            old = self.lists.children
            self.lists.children = [_List(one, self._watch) for one in shown]
            close_all(old)
        for one in self.lists.children:
            one.show(self.watching.figure.watched)
        more = -min(left, 0) + sum(len(one.names) for one in found[len(shown) :])
        rest = (
            say("showing the first {shown}; {more:,} more match", shown=MAX_BOXES, more=more)
            if more
            else ""
        )
        message = "; ".join(filter(None, (self.watching.search_message(), rest)))
        self.search_message.value = paragraph(f"<small>{escape(message)}</small>")


class _List(widgets.VBox):
    """A group's name and colour, and a checkbox for each of its parameters."""

    def __init__(self, found: Found, watch: Watch) -> None:
        self.key = found.group, found.label, found.names
        self._echo = EchoGuard()
        self.boxes = {name: self._box(name, watch) for name in found.names}
        head = chip(found.group, f"<b>{escape_name(found.label)}</b>")
        super().__init__(
            [widgets.HTML(head, layout=widgets.Layout(margin="0")), *self.boxes.values()],
            layout=widgets.Layout(flex="1 1 200px", max_width="420px", margin="0"),
        )

    def _box(self, name: str, watch: Watch) -> Any:
        box = widgets.Checkbox(
            value=False,
            description=with_hidden_text(name, say("watch")),
            description_allow_html=True,
            indent=False,
            layout=widgets.Layout(width="auto", margin="0", min_height="28px"),
        )
        self._echo.observe(box, lambda watched: watch(name, watched))
        return box

    def show(self, watched: tuple[str, ...]) -> None:
        """Check the boxes of the watched parameters."""
        with self._echo:
            for name, box in self.boxes.items():
                box.value = name in watched
