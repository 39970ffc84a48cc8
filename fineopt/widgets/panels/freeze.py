"""The freeze panel: which parameters get gradients, and which an optimizer updates."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from ...control.changes import ChangeDetector
from ...control.freeze import FreezeController
from ...control.playing.loop import ActionQueue
from ...language import say, translatable
from ...training.trainer import Trainer
from ..parts.html import close_all, paragraph
from ..parts.text_picture import NO_CHIP, text_picture
from ..rows.checkbox_rows import GroupCheckboxes, ParameterCheckboxes, column_heads
from ..rows.finder import Finder
from .panel import Panel

__all__ = ["FreezePanel"]

SHOWN = 60  # parameters shown at a time
NONE_IS_NOT_0 = translatable(
    "<b>None is not 0.</b> None: no gradient was computed, and step() skips the parameter. With a "
    "gradient of 0, momentum, running averages or weight decay still move it."
)


class FreezePanel(Panel):
    """Checkboxes to attach and optimize each parameter, with its gradient sums.

    Changes take effect at the next step; the table describes what that does to each parameter, and
    why. In Python the same is available as ``panel.freeze``, a FreezeController, which also
    documents what happens to an existing gradient.

    Args:
        trainer: its GradManager and optimizer are changed.
        frames_per_second: how often the panel looks for changes made in code or by training.

    Raises:
        ValueError: if frames_per_second is not above 0.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> panel = FreezePanel(trainer)
    >>> panel.freeze.set_attached("fc1.bias", False)
    >>> panel
    FreezePanel(10 parameters: 9 attached, 10 in the optimizer)

    Source: the document's section 固定部分参数不优化, as a panel.
    """

    def __init__(self, trainer: Trainer, *, frames_per_second: float = 8) -> None:
        super().__init__(ActionQueue(), frames_per_second)
        self.freeze = FreezeController(trainer)
        self.rows = widgets.VBox(layout=widgets.Layout(margin="0"))
        self.finder = Finder(say("parameters"), self.submit, shown=SHOWN, many=12)
        self._listed = ChangeDetector()
        note = widgets.HTML(paragraph(f"<small>{say(NONE_IS_NOT_0)}</small>"))
        self.begin([self.finder, self.message, column_heads(), self.rows, note])

    # ---- which rows ----

    def names(self) -> list[str]:
        """Return the parameters that match the search, in the network's order."""
        names = list(self.freeze.parameters)
        return [names[i] for i in self.finder.matching(names)]

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        return self.finder.search.value, self.freeze.state_key()

    def refresh(self) -> None:
        """Show the current ticks and gradients."""
        every = list(self.freeze.parameters)
        names = [every[i] for i in self.finder.find(every)]
        groups = self.freeze.grouped(names)
        if self._listed.changed([(label, names) for _, label, names in groups]):
            old = self.rows.children
            self.rows.children = [
                row
                for index, label, members in groups
                for row in (
                    GroupCheckboxes(self.freeze, self.change, index, label, members),
                    *(
                        ParameterCheckboxes(self.freeze, self.change, index, name)
                        for name in members
                    ),
                )
            ]
            close_all(old)
        sums = self.freeze.epoch_sums(settled=True)
        for row in self.rows.children:
            row.show(sums)

    def change(self, names: list[str], setter: Callable[[str, bool], None], to: bool) -> None:
        """Set the ticks of some parameters, between two steps."""
        self.submit(lambda: self.freeze.every(names, setter, to))

    # ---- for a saved notebook ----

    def picture(self) -> bytes:
        """Return a PNG with a line for each parameter."""
        lines: list[tuple[int | None, str]] = []
        for index, label, names in self.freeze.grouped(self.names()[:SHOWN]):
            lines += [
                (
                    index,
                    say(
                        "{name} ({group}): {ticks}", name=name, group=label, ticks=self._ticks(name)
                    ),
                )
                for name in names
            ]
        more = len(self.names()) - len(lines)
        return text_picture(
            [*lines, (NO_CHIP, say("and {count:,} more", count=more))] if more else lines
        )

    def _ticks(self, name: str) -> str:
        attached = say("attached" if self.freeze.attached(name) else "not attached")
        optimized = say(
            "in the optimizer" if self.freeze.optimized(name) else "not in the optimizer"
        )
        return attached + say(", ") + optimized

    def summary_text(self) -> str:
        """Describe how many parameters are attached and optimized."""
        attached, optimized = self.freeze.counts()
        total = len(self.freeze.parameters)
        return say(
            "{total} parameters: {attached} attached, {optimized} in the optimizer",
            total=total,
            attached=attached,
            optimized=optimized,
        )
