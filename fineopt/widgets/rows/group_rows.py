"""A row for each param group that there is."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from ...control.groups import GroupControllers
from ..parts.html import close_all
from .finder import SHOWN, Finder
from .group_row import GroupRow

__all__ = ["GroupRows"]


class GroupRows(widgets.VBox):
    """A row for each group that there is now; of very many, a search and the first it finds.

    Args:
        groups: the groups.
        later, release, optimizers: see :class:`GroupRow`.
    """

    def __init__(self, groups: GroupControllers, *arguments: Any, **options: Any) -> None:
        self.children: Any
        self._groups, self._arguments, self._options = groups, arguments, options
        self._rows: list[GroupRow] = []
        self.finder: Finder | None = None  # made where there are many groups
        super().__init__(layout=widgets.Layout(margin="0"))

    def show(self) -> None:
        """Show the groups as they are now; rows of groups that are gone are closed."""
        every = self._groups.now()
        old: dict[Any, Any] = {row.group: row for row in self._rows}
        if len(every) > SHOWN and self.finder is None:
            self.finder = Finder("groups", self._arguments[0])
        found = (
            range(len(every)) if self.finder is None else self.finder.find(self._groups.labels())
        )
        groups = [every[i] for i in found]
        if list(old) != groups:
            self._rows = [
                old.pop(group, None) or GroupRow(group, *self._arguments, **self._options)
                for group in groups
            ]
            close_all(old.values())
        self.children = [*filter(None, [self.finder]), *self._rows]
        for row in self._rows:
            row.show()
