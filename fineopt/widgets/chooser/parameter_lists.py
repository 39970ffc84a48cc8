"""All parameters to choose from: a search, and a list for each group."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.watching import Found, Watching
from ..parts.echo import EchoGuard
from ..parts.html import GREY, add_unheard, chip, close_all, line, named, shown, text

__all__ = ["ParameterLists"]

LISTS = 24  # at a time
ROWS = 7  # of a list at most; it scrolls beyond
# What is chosen has a tick before it too: a colour alone would not tell.
STYLE = """<style>
.fineopt-chooser option::before {content: "\\2713"; visibility: hidden; padding-right: 4px}
.fineopt-chooser option:checked::before {visibility: visible}
.fineopt-chooser .widget-select-multiple > .widget-label {margin: 0}
</style>"""
Later = Callable[[Callable[[], object]], None]


class ParameterLists(widgets.VBox):
    """The search, and a list for each group: a few widgets, however many the parameters."""

    def __init__(self, watching: Watching, later: Later) -> None:
        self.watching, self._later = watching, later
        self.search = widgets.Text(
            description="Find",
            placeholder="words of a parameter's or a group's name",
            tooltip="all words must be found; Enter watches the first parameter",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="340px", max_width="100%", margin="2px 12px 2px 0"),
        )
        self.together = widgets.Checkbox(
            value=watching.together,
            description="several groups at once",
            tooltip="a choice in one list leaves those in the others as they are",
            indent=False,
            layout=widgets.Layout(width="auto", margin="2px 12px 2px 0"),
        )
        self.news = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.lists: Any = widgets.HBox(
            layout=widgets.Layout(
                flex_flow="row wrap", grid_gap="4px 12px", margin="0", max_height="420px",
                overflow="hidden auto",
            )
        )  # fmt: skip
        keys = "Several of a group: with Ctrl or Shift, as in any list; up to 4 in all."
        super().__init__(
            [
                widgets.HTML(STYLE, layout=widgets.Layout(margin="0", height="0")),
                line(self.search, self.together, self.news),
                self.lists,
                widgets.HTML(
                    f'<small style="color:{GREY}">{keys}</small>', layout=widgets.Layout(margin="0")
                ),
            ],
            layout=widgets.Layout(margin="0 0 4px 0"),
        )
        self.show()
        self.search.observe(self._typed, "value")
        self.search.on_msg(self._entered)
        self.together.observe(self._ticked, "value")

    def _typed(self, change: dict[str, Any]) -> None:
        self._later(lambda: setattr(self.watching, "search", change["new"]))

    def _entered(self, _: object, content: dict[str, Any], __: object) -> None:
        if content.get("event") == "submit":
            self._later(self.watching.choose_first)

    def _ticked(self, change: dict[str, Any]) -> None:
        self._later(lambda: setattr(self.watching, "together", change["new"]))

    def _chosen(self, group: int | None, names: tuple[str, ...]) -> None:
        self._later(lambda: self.watching.choose(group, names))

    def differs(self) -> bool:
        """Whether a list shows as chosen what is not watched, or the other way round."""
        watched = self.watching.figure.watched
        return any(one.differs(watched) for one in self.lists.children)

    def show(self) -> None:
        """Show what is found, and which of it is watched."""
        every, found = self.watching.all(), self.watching.found()
        if len(every) > LISTS:
            every = found = found[:LISTS]
        groups = [(one.group, one.label) for one in every]
        if [(one.group, one.label) for one in self.lists.children] != groups:
            old = self.lists.children
            self.lists.children = [_List(*group, self._chosen) for group in groups]
            close_all(old)
        lists = {one.group: one for one in found}
        for one in self.lists.children:
            one.show(lists.get(one.group), self.watching.figure.watched)
        more = len(self.watching.found()) - len(found)
        rest = f"{LISTS} groups are listed, and {more:,} more are found" if more else ""
        news = "; ".join(filter(None, (self.watching.news(), rest)))
        self.news.value = text(f"<small>{escape(news)}</small>")


class _List(widgets.VBox):
    """A group's name and colour, and a list of its parameters."""

    def __init__(
        self,
        group: int | None,
        label: str,
        chosen: Callable[[int | None, tuple[str, ...]], object],
    ) -> None:
        self.group, self.label, self._echo = group, label, EchoGuard()
        self.names = widgets.SelectMultiple(
            description=add_unheard("", f"parameters of {label}"),
            description_allow_html=True,
            style={"description_width": "0"},
            layout=widgets.Layout(width="100%", margin="2px 0"),
        )
        head = chip(group, f"<b>{named(label)}</b>")
        super().__init__(
            [widgets.HTML(head, layout=widgets.Layout(margin="0")), self.names],
            layout=widgets.Layout(flex="1 1 200px", max_width="420px", margin="0"),
        )
        self._echo.observe(self.names, lambda names: chosen(group, names))

    def _of(self, watched: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in self.names.options if name in watched)

    def differs(self, watched: tuple[str, ...]) -> bool:
        """Whether it shows as chosen what is not watched, or the other way round."""
        return bool(self.names.value != self._of(watched))

    def show(self, found: Found | None, watched: tuple[str, ...]) -> None:
        """Show the parameters that are found; nothing at all if there are none."""
        shown(self, found is not None)
        names = () if found is None else tuple(found.names)
        with self._echo, self.names.hold_sync():
            if self.names.options != names:
                self.names.options, self.names.rows = names, min(max(len(names), 2), ROWS)
            self.names.value = self._of(watched)
