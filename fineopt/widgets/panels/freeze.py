"""The freeze panel: which parameters get gradients, and which an optimizer moves."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from ...control.freeze import FreezeController
from ...control.playing.loop import OnLoop
from ...training.trainer import Trainer
from ..parts.html import close_all, line, shown, text
from ..parts.still import NO_CHIP, still
from ..rows.tick_rows import GroupTicks, ParameterTicks, heads
from .panel import Panel

__all__ = ["FreezePanel"]

MANY = 12  # parameters, from which on there is a search box
SHOWN = 60  # parameters at once, at most
NONE_IS_NOT_0 = (
    "<b>None is not 0.</b> None: no gradient was computed, and step() passes the parameter over. "
    "A gradient of 0 still moves it, by momentum, running averages or weight decay."
)


class FreezePanel(Panel):
    """Ticks for each parameter: attached to the GradManager, in the optimizer; and its gradients.

    The table follows at the next step, and says what it will do with each parameter and why. From
    Python the same is done with ``panel.freeze``, a FreezeController, which also says what happens
    to a gradient that is there already.

    Args:
        trainer: whose GradManager and optimizer are changed.
        frames_per_second: how often the panel looks for changes made in code or by training.

    Raises:
        ValueError: for frames_per_second that are not above 0.

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
        super().__init__(OnLoop(), frames_per_second)
        self.freeze = FreezeController(trainer)
        self.rows = widgets.VBox(layout=widgets.Layout(margin="0"))
        self.search = widgets.Text(
            description="Search",
            placeholder="part of a name, such as bias",
            continuous_update=True,
            style={"description_width": "initial"},
            layout=widgets.Layout(width="280px"),
        )
        self.found = widgets.HTML(layout=widgets.Layout(margin="0 12px"))
        top = line(self.search, self.found)
        shown(top, len(self.freeze.parameters) > MANY)
        self._listed: object = None
        self.search.observe(lambda _: self.later(lambda: None), "value")
        note = widgets.HTML(text(f"<small>{NONE_IS_NOT_0}</small>"))
        self.begin([top, self.message, heads(), self.rows, note])

    # ---- which rows ----

    def names(self) -> list[str]:
        """Return the parameters that are shown, in the network's order."""
        wanted = self.search.value.strip().lower()
        return [name for name in self.freeze.parameters if wanted in name.lower()]

    def look(self) -> object:
        """Return all that the panel shows, as plain values to be compared."""
        return self.search.value, self.freeze.look()

    def refresh(self) -> None:
        """Show the ticks and gradients as they are now."""
        names = self.names()
        groups = self.freeze.grouped(names[:SHOWN])
        listed = [(label, names) for _, label, names in groups]
        if listed != self._listed:
            self._listed = listed
            old = self.rows.children
            self.rows.children = [
                row
                for index, label, several in groups
                for row in (
                    GroupTicks(self, index, label, several),
                    *(ParameterTicks(self, index, name) for name in several),
                )
            ]
            close_all(old)
        sums = self.freeze.epoch_sums(settled=True)
        for row in self.rows.children:
            row.show(sums)
        more = f", the first {SHOWN} are shown" if len(names) > SHOWN else ""
        self.found.value = text(f"{len(names)} of {len(self.freeze.parameters)} parameters{more}")

    def change(self, names: list[str], setter: Callable[[str, bool], None], to: bool) -> None:
        """Set the ticks of several parameters, between two steps."""
        self.later(lambda: self.freeze.every(names, setter, to))

    # ---- for a saved notebook ----

    def picture(self) -> bytes:
        """Return a PNG with a line for each parameter."""
        lines: list[tuple[int | None, str]] = []
        for index, label, names in self.freeze.grouped(self.names()[:SHOWN]):
            lines += [(index, f"{name} ({label}): {self._ticks(name)}") for name in names]
        more = len(self.names()) - len(lines)
        return still([*lines, (NO_CHIP, f"and {more:,} more")] if more else lines)

    def _ticks(self, name: str) -> str:
        attached = "attached" if self.freeze.attached(name) else "not attached"
        return f"{attached}, {'' if self.freeze.optimized(name) else 'not '}in the optimizer"

    def words(self) -> str:
        """Return how many parameters are ticked."""
        attached, optimized = self.freeze.counts()
        total = len(self.freeze.parameters)
        return f"{total} parameters: {attached} attached, {optimized} in the optimizer"
