"""A row for each param group that there is."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from .group_controllers import GroupControllers
from .group_row import GroupRow
from .parts import close_all

__all__ = ["GroupRows"]


class GroupRows(widgets.VBox):
    """A row for each group that there is now.

    Args:
        groups: the groups.
        report, later, release, optimizers: see :class:`GroupRow`.
    """

    def __init__(self, groups: GroupControllers, *arguments: Any, **options: Any) -> None:
        self.children: Any
        self._groups, self._arguments, self._options = groups, arguments, options
        super().__init__(layout=widgets.Layout(margin="0"))

    def show(self) -> None:
        """Show the groups as they are now; rows of groups that are gone are closed."""
        groups, old = self._groups.now(), {row.group: row for row in self.children}
        if list(old) != groups:
            self.children = [
                old.pop(group, None) or GroupRow(group, *self._arguments, **self._options)
                for group in groups
            ]
            close_all(old.values())
        for row in self.children:
            row.show()
