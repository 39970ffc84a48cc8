"""A row of a panel: a param group's name, its learning rate, Freeze, and a fold for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from matplotlib.colors import to_hex

from ...control.group import GroupController
from ...control.optimizer import OptimizerController
from ...figures.style import colour
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
        report: called with an error's words, or None when all is well.
        later: runs an action between two steps of training, and then shows what is new.
        release: gives the group back to its schedule.
        optimizers: lets the group's optimizer be chosen, if there is a trainer.
    """

    def __init__(
        self,
        group: GroupController,
        report: Callable[[str | None], None],
        later: Later,
        release: Callable[[GroupController], None] = GroupController.release,
        optimizers: OptimizerController | None = None,
    ) -> None:
        self.group, self._report, self._later = group, report, later
        self._optimizers = optimizers
        self.children: Any
        self._asked: object = None  # the newest change that was asked for and is not made yet
        self._showing = False  # while this row sets its own widgets, it does not listen to them
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
        self.freeze.observe(self._ticked, "value")
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

    def _ticked(self, change: dict[str, Any]) -> None:
        self._set("frozen", change["new"])

    def _set(self, name: str, value: Any) -> None:
        """Ask for a change: it is made between two steps, so that a step has one lr throughout."""
        if not self._showing:
            self._asked = asked = object()
            self._later(lambda: self._set_now(name, value, asked))

    def _set_now(self, name: str, value: Any, asked: object) -> None:
        try:
            setattr(self.group, name, value)
            self.number.accept()
            self._report(None)
        except (TypeError, ValueError) as error:
            self._report(str(error))
        if self._asked is asked:
            self._asked = None
        self.show()

    def show(self) -> None:
        """Show the group as it is now, whoever changed it."""
        self.words.value = self._html()
        shown(self.release, self.group.scheduled)
        in_sight(self.release, self.group.held)
        if self.fold is not None:
            self.fold.show()
        if self._asked is not None:
            return  # the hand is ahead: to show an older value would pull the slider back under it
        group = self.group
        lr, frozen, remembered = float(group.lr), group.frozen, group.remembered
        self._showing = True
        try:
            self.slider.colour = to_hex(colour(group.index))
            self.slider.show(remembered)
            if self._starts != group.starts:
                self._starts = group.starts
                self.slider.start_again()
            self.slider.disabled = frozen
            self.number.show(lr)
            self.freeze.value = frozen
        finally:
            self._showing = False

    def _html(self) -> str:
        parameters, numbers = self.group.counts
        return chip(
            self.group.index,
            f"<b>{named(self.group.label)}</b> · {self.group.words()}",
            f"{self.group.rule}, {parameters} parameter{'s' * (parameters != 1)}, "
            f"{numbers:,} numbers",
        )
