"""The group panel: a row for each param group of any optimizer."""

from __future__ import annotations

from typing import Any

from ...control.param_groups.groups import GroupControllers
from ...control.playing.loop import ActionQueue
from ...language import list_names, say
from ..parts.text_picture import LINES, text_picture
from ..rows.group_rows import GroupRows
from .panel import Panel

__all__ = ["GroupPanel"]


class GroupPanel(Panel):
    """Sets the learning rates and other hyperparameters of an optimizer's groups while it is used.

    Code and panel see each other's changes: a scheduler moves the sliders, and
    ``optimizer.param_groups[1]['lr'] = 0.0`` ticks Freeze. A group that is added later gets a row.
    In Python the same is available as ``panel.groups.now()``, one GroupController per group.

    Args:
        optimizer: an optimizer with live ``param_groups``: ours, a MultipleOptimizer or PyTorch's.
        frames_per_second: how often the panel looks for changes made in code.

    Raises:
        ValueError: if frames_per_second is not above 0.

    >>> from fineopt import Parameter, optimizer
    >>> conv, fc = {"params": Parameter([1.0])}, {"params": Parameter([1.0]), "lr": 0.01}
    >>> panel = GroupPanel(optimizer.SGD([conv, fc], lr=0.05))
    >>> panel.groups.now()[1].frozen = True
    >>> panel
    GroupPanel(group 0: learning rate 0.05, group 1: frozen (was 0.01))
    """

    def __init__(self, optimizer: Any, *, frames_per_second: float = 8) -> None:
        super().__init__(ActionQueue(), frames_per_second)
        self.optimizer = optimizer
        self.groups = GroupControllers(lambda: optimizer)
        self.rows = GroupRows(self.groups, self.submit)
        self.begin([self.rows, self.message])

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        return self.groups.state_key()

    def refresh(self) -> None:
        """Show the groups as they are now."""
        self.rows.show()

    def picture(self) -> bytes:
        """Return a PNG with a line for each group."""
        lines = self.groups.summary_texts(
            lambda group: f" · {group.rule}" + say(", ") + group.summary_text(), LINES
        )
        return text_picture(list(enumerate(lines)))

    def summary_text(self) -> str:
        """Describe the current learning rates."""
        return list_names(self.groups.summary_texts(lambda group: say(": ") + group.summary_text()))
