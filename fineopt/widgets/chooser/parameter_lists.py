"""All parameters to choose from: a search box, and a list per group."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.playing.loop import Submit
from ...control.watching import Found, Watching
from ..parts.echo import EchoGuard
from ..parts.html import (
    GREY,
    chip,
    close_all,
    escape_name,
    paragraph,
    set_displayed,
    with_hidden_text,
    wrapping_row,
)

__all__ = ["ParameterLists"]

MAX_LISTS = 24  # shown at a time
MAX_ROWS = 7  # of a list, which scrolls beyond that
# A check mark before each chosen parameter, so that colour is not the only cue.
STYLE = """<style>
.fineopt-chooser option::before {content: "\\2713"; visibility: hidden; padding-right: 4px}
.fineopt-chooser option:checked::before {visibility: visible}
.fineopt-chooser .widget-select-multiple > .widget-label {margin: 0}
</style>"""


class ParameterLists(widgets.VBox):
    """A search box and a list per group: few widgets, no matter how many parameters.

    Args:
        watching: the controller of the figure.
        submit: runs an action between two steps, then shows its result or its error.
    """

    def __init__(self, watching: Watching, submit: Submit) -> None:
        self.watching, self._submit = watching, submit
        self.search = widgets.Text(
            description="Find",
            placeholder="parameter or group name",
            tooltip="every word must match; Enter watches the first match",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="340px", max_width="100%", margin="2px 12px 2px 0"),
        )
        self.together = widgets.Checkbox(
            value=watching.together,
            description="multiple groups",
            tooltip="choosing in one list keeps the choices in the others",
            indent=False,
            layout=widgets.Layout(width="auto", margin="2px 12px 2px 0"),
        )
        self.search_message = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.lists: Any = widgets.HBox(
            layout=widgets.Layout(
                flex_flow="row wrap", grid_gap="4px 12px", margin="0", max_height="420px",
                overflow="hidden auto",
            )
        )  # fmt: skip
        hint = "Use Ctrl or Shift to choose more than one parameter of a group; at most 4 in total."
        super().__init__(
            [
                widgets.HTML(STYLE, layout=widgets.Layout(margin="0", height="0")),
                wrapping_row(self.search, self.together, self.search_message),
                self.lists,
                widgets.HTML(
                    paragraph(f'<small style="color:{GREY}">{hint}</small>'),
                    layout=widgets.Layout(margin="0"),
                ),
            ],
            layout=widgets.Layout(margin="0 0 4px 0"),
        )
        self.show()
        self.search.observe(self._search_changed, "value")
        self.search.on_msg(self._search_submitted)
        self.together.observe(self._together_changed, "value")

    def _search_changed(self, change: dict[str, Any]) -> None:
        self._submit(lambda: setattr(self.watching, "search", change["new"]))

    def _search_submitted(self, _: object, content: dict[str, Any], __: object) -> None:
        if content.get("event") == "submit":
            self._submit(self.watching.choose_first)

    def _together_changed(self, change: dict[str, Any]) -> None:
        self._submit(lambda: setattr(self.watching, "together", change["new"]))

    def _choose(self, group: int | None, names: tuple[str, ...]) -> None:
        self._submit(lambda: self.watching.choose(group, names))

    def differs(self) -> bool:
        """Return whether the choices shown differ from the watched parameters."""
        watched = self.watching.figure.watched
        return any(one.differs(watched) for one in self.lists.children)

    def show(self) -> None:
        """Show the matches, and which of them are watched."""
        every, found = self.watching.all(), self.watching.found()
        if len(every) > MAX_LISTS:
            every = found = found[:MAX_LISTS]
        groups = [(one.group, one.label) for one in every]
        if [(one.group, one.label) for one in self.lists.children] != groups:
            old = self.lists.children
            self.lists.children = [_List(*group, self._choose) for group in groups]
            close_all(old)
        lists = {one.group: one for one in found}
        for one in self.lists.children:
            one.show(lists.get(one.group), self.watching.figure.watched)
        more = len(self.watching.found()) - len(found)
        rest = f"showing the first {MAX_LISTS} groups; {more:,} more match" if more else ""
        message = "; ".join(filter(None, (self.watching.search_message(), rest)))
        self.search_message.value = paragraph(f"<small>{escape(message)}</small>")


class _List(widgets.VBox):
    """A group's name and colour, and a list of its parameters."""

    def __init__(
        self,
        group: int | None,
        label: str,
        on_choose: Callable[[int | None, tuple[str, ...]], object],
    ) -> None:
        self.group, self.label, self._echo = group, label, EchoGuard()
        self.names = widgets.SelectMultiple(
            description=with_hidden_text("", f"parameters of {label}"),
            description_allow_html=True,
            style={"description_width": "0"},
            layout=widgets.Layout(width="100%", margin="2px 0"),
        )
        head = chip(group, f"<b>{escape_name(label)}</b>")
        super().__init__(
            [widgets.HTML(head, layout=widgets.Layout(margin="0")), self.names],
            layout=widgets.Layout(flex="1 1 200px", max_width="420px", margin="0"),
        )
        self._echo.observe(self.names, lambda names: on_choose(group, names))

    def _watched_of(self, watched: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in self.names.options if name in watched)

    def differs(self, watched: tuple[str, ...]) -> bool:
        """Return whether the choices shown differ from the watched parameters."""
        return bool(self.names.value != self._watched_of(watched))

    def show(self, found: Found | None, watched: tuple[str, ...]) -> None:
        """Show the matches; hide the list if there are none."""
        set_displayed(self, found is not None)
        names = () if found is None else tuple(found.names)
        with self._echo, self.names.hold_sync():
            if self.names.options != names:
                self.names.options, self.names.rows = names, min(max(len(names), 2), MAX_ROWS)
            self.names.value = self._watched_of(watched)
