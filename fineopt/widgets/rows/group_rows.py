"""The rows of all param groups."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from ...control.param_groups.groups import GroupControllers
from ...language import say
from ..parts.html import close_all
from .finder import MAX_ROWS, Finder
from .group_row import GroupRow

__all__ = ["GroupRows"]


class GroupRows(widgets.VBox):
    """One row per group; with many groups, a search box and the first matches.

    Args:
        groups: the controllers of the groups.
        submit, release, optimizers: see :class:`GroupRow`.
    """

    def __init__(self, groups: GroupControllers, *arguments: Any, **options: Any) -> None:
        self.children: Any
        self._groups, self._arguments, self._options = groups, arguments, options
        self._rows: list[GroupRow] = []
        self.finder: Finder | None = None  # created if there are many groups
        super().__init__(layout=widgets.Layout(margin="0"))

    def show(self) -> None:
        """Show the current groups, and close the rows of removed ones."""
        every = self._groups.now()
        old: dict[Any, Any] = {row.group: row for row in self._rows}
        if len(every) > MAX_ROWS and self.finder is None:
            self.finder = Finder(say("groups"), self._arguments[0])
        labels = self._groups.labels()  # of all together: each label depends on all others
        found = range(len(every)) if self.finder is None else self.finder.find(labels)
        groups = [every[i] for i in found]
        if list(old) != groups:
            self._rows = [
                old.pop(group, None) or GroupRow(group, *self._arguments, **self._options)
                for group in groups
            ]
            close_all(old.values())
        self.children = [*filter(None, [self.finder]), *self._rows]
        for row, i in zip(self._rows, found, strict=True):
            row.show(labels[i])
