"""A search among many rows of a panel, of which only some are shown at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from ..parts.html import line, shown, text

__all__ = ["SHOWN", "Finder"]

SHOWN = 24  # rows at a time: each is some ten widgets, which take a page 20 ms to make


class Finder(widgets.HBox):
    """A search, only to be seen where there are more rows than are shown.

    Args:
        things: what is sought, such as ``"groups"``.
        later: runs an action between two steps, and then shows what is new.

    >>> finder = Finder("groups", lambda action: action())
    >>> finder.find(["conv", "fc"])
    [0, 1]
    >>> finder.search.value = "7"
    >>> finder.find([f"group {i}" for i in range(100)])[:3]
    [7, 17, 27]
    """

    def __init__(self, things: str, later: Callable[[Callable[[], object]], object]) -> None:
        self._things = things
        self.search = widgets.Text(
            description="Search",
            placeholder="part of a name",
            tooltip=f"shows the {things} in whose name this is found",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="280px"),
        )
        self.found = widgets.HTML(layout=widgets.Layout(margin="0 12px"))
        super().__init__([line(self.search, self.found)], layout=widgets.Layout(margin="0"))
        self.search.observe(lambda _: later(lambda: None), "value")

    def find(self, names: Sequence[str]) -> list[int]:
        """Return which of the names are shown, and say how many are not."""
        many = len(names) > SHOWN
        shown(self, many)
        if not many:
            return list(range(len(names)))
        wanted = self.search.value.strip().casefold()
        found = [i for i, name in enumerate(names) if wanted in name.casefold()]
        rest = len(found) - SHOWN
        more = f"; the first {SHOWN} are shown, and {rest:,} more are not" if rest > 0 else ""
        self.found.value = text(f"{len(found):,} of {len(names):,} {self._things}{more}")
        return found[:SHOWN]
