"""A search box for panels with many rows, which show a limited number at a time."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

from ...control.playing.loop import Submit
from ...language import say
from ..parts.html import paragraph, set_displayed, wrapping_row

__all__ = ["MAX_ROWS", "Finder"]

MAX_ROWS = 24  # shown at a time: each is about ten widgets, which a page creates in 20 ms


class Finder(widgets.HBox):
    """A search box, visible only if there are many rows; a limited number is shown at a time.

    Args:
        items: what is searched, such as ``"groups"``, in the learner's language.
        submit: runs an action between two steps, then refreshes the panel.
        shown: the maximum number of rows shown at a time.
        many: the number of rows beyond which the box is visible.

    >>> finder = Finder("groups", lambda action: action())
    >>> finder.find(["conv", "fc"])
    [0, 1]
    >>> finder.search.value = "7"
    >>> finder.find([f"group {i}" for i in range(100)])[:3]
    [7, 17, 27]
    """

    def __init__(
        self, items: str, submit: Submit, *, shown: int = MAX_ROWS, many: int = MAX_ROWS
    ) -> None:
        self._items, self._shown, self._many = items, shown, many
        self.search = widgets.Text(
            description=say("Search"),
            placeholder=say("part of a name"),
            tooltip=say("show the {items} whose name contains this text", items=items),
            style={"description_width": "initial"},
            layout=widgets.Layout(width="280px"),
        )
        self.found = widgets.HTML(layout=widgets.Layout(margin="0 12px"))
        super().__init__([wrapping_row(self.search, self.found)], layout=widgets.Layout(margin="0"))
        self.search.observe(lambda _: submit(lambda: None), "value")

    def find(self, names: Sequence[str]) -> list[int]:
        """Return the indices of the names to show, and display how many match."""
        set_displayed(self, len(names) > self._many)
        found, shown = self.matching(names), self._shown
        rest = len(found) - shown
        message = say(
            "{count:,} of {total:,} {items}; showing the first {shown}, {rest:,} more hidden"
            if rest > 0
            else "{count:,} of {total:,} {items}",
            count=len(found),
            total=len(names),
            items=self._items,
            shown=shown,
            rest=rest,
        )
        self.found.value = paragraph(message)
        return found[:shown]

    def matching(self, names: Sequence[str]) -> list[int]:
        """Return the indices of all names that match; all of them, if there are few."""
        query = self.search.value.strip().casefold() if len(names) > self._many else ""
        return [i for i, name in enumerate(names) if query in name.casefold()]
