"""A row of a panel: a param group's name, its learning rate, Freeze, and a fold for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from matplotlib.colors import to_hex

from ...control.group import GroupController
from ...control.optimizer import OptimizerController
from ...figures.style import colour
from ..parts.echo import EchoGuard
from ..parts.hand import Later
from ..parts.html import RULE, add_unheard, button, chip, close_all, in_sight, line, named, shown
from ..parts.number_field import NumberField
from .lr_slider import LrSlider
from .settings_fold import SettingsFold

__all__ = ["GroupRow"]


class GroupRow(widgets.VBox):
    """A view of a GroupController: slider, number and Freeze on one learning rate; and a fold.

    Args:
        group: what it sets.
        later: runs an action between two steps of training, and then shows what is new.
        release: gives the group back to its schedule.
        optimizers: lets the group's optimizer be chosen, if there is a trainer.
    """

    def __init__(
        self,
        group: GroupController,
        later: Later,
        release: Callable[[GroupController], None] = GroupController.release,
        optimizers: OptimizerController | None = None,
    ) -> None:
        self.group, self._later = group, later
        self._optimizers = optimizers
        self.children: Any
        self._echo = EchoGuard()
        name = group.label
        self.words = widgets.HTML(layout=widgets.Layout(width="226px", margin="0"))
        self._starts = group.starts
        self.slider = LrSlider(group.remembered, f"learning rate of {name}", self._slid, later)
        self.number = NumberField(group.lr, "lr", f"lr of {name}", self._typed, later, step="log")
        self.freeze = widgets.Checkbox(
            value=group.frozen,
            description=add_unheard("Freeze", name),
            description_allow_html=True,
            indent=False,
            tooltip=f"freeze {name}: its learning rate is 0 until it is given back",
            layout=widgets.Layout(width="84px", margin="0 0 0 10px"),
        )
        self.release = button(
            "Held by hand: release", "", f"let the schedule set the learning rate of {name} again"
        )
        self.more = button("More", "", f"momentum and all else that can be set for {name}")
        self.fold: SettingsFold | None = None  # made when it is first opened
        parts = [self.words, self.slider, self.number, self.freeze, self.release, self.more]
        super().__init__(
            [line(*parts)], layout=widgets.Layout(margin="0", border_top=RULE, padding="3px 0")
        )
        self.show()
        self._echo.observe(self.freeze, lambda frozen: later(lambda: self._freeze(frozen)))
        self.release.on_click(lambda _: self._later(lambda: release(group)))
        self.more.on_click(lambda _: self._later(self._open_or_close))

    def _open_or_close(self) -> None:
        top = self.children[0]
        if self.fold is None:
            self.fold = SettingsFold(self.group, self._later, self._optimizers)
            self.children = [top, self.fold]
            self.more.description = "Less"
        else:
            self.children = [top]
            close_all([self.fold])
            self.fold, self.more.description = None, "More"

    def _slid(self, lr: float) -> None:
        self.group.lr = lr
        self.number.accept()

    def _typed(self, lr: float) -> None:
        self.group.check("lr", lr)
        self.group.lr = lr

    def _freeze(self, frozen: bool) -> None:
        self.group.frozen = frozen
        self.number.accept()

    def show(self) -> None:
        """Show the group as it is now, whoever changed it."""
        self.words.value = self._html()
        shown(self.release, self.group.scheduled)
        in_sight(self.release, self.group.overridden)
        if self.fold is not None:
            self.fold.show()
        group = self.group
        lr, frozen, remembered = float(group.lr), group.frozen, group.remembered
        with self._echo:
            self.slider.colour = to_hex(colour(group.index))
            self.slider.show(remembered)
            if self._starts != group.starts:
                self._starts = group.starts
                self.slider.start_again()
            self.slider.disabled = frozen
            self.number.show(lr)
            self.freeze.value = frozen

    def _html(self) -> str:
        parameters, numbers = self.group.counts
        return chip(
            self.group.index,
            f"<b>{named(self.group.label)}</b> · {self.group.summary_text()}",
            f"{self.group.rule}, {parameters} parameter{'s' * (parameters != 1)}, "
            f"{numbers:,} numbers",
        )
