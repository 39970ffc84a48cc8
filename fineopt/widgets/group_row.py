"""A row of a panel: a param group's name, its learning rate, Freeze, and a fold for the rest."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from .group_controller import GroupController
from .optimizer_controller import OptimizerController
from .parts import RULE, add_unheard, button, chip, close_all, line, shown
from .settings_fold import SettingsFold

__all__ = ["GroupRow"]

Later = Callable[[Callable[[], object]], None]

LOWEST, HIGHEST = -5, 0  # exponents of the slider's ends, widened where an lr lies beyond
STEP = 0.02  # of the slider, in decades: 5% of the learning rate


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
        self._sent: deque[float] = deque(maxlen=8)  # values that the slider was set to by us
        self._asked: object = None  # the newest change that was asked for and is not made yet
        self._showing = False  # while this row sets its own widgets, it does not listen to them
        name = group.label
        self.words = widgets.HTML(layout=widgets.Layout(width="226px", margin="0"))
        self.slider = widgets.FloatLogSlider(
            value=_on_step(math.log10(group.remembered)),
            base=10,
            min=LOWEST,
            max=HIGHEST,
            step=STEP,
            readout=False,
            continuous_update=True,
            tooltip=f"learning rate of {name}: arrow keys, Page Up and Down, Home, End",
            layout=widgets.Layout(flex="1 1 160px", min_width="120px", margin="0 8px"),
        )
        self.number = widgets.FloatText(
            value=group.lr,
            step=None,
            description=add_unheard("lr", f"of {name}"),
            description_allow_html=True,
            tooltip=f"learning rate of {name}: type a number, then Enter",
            continuous_update=False,
            style={"description_width": "18px"},
            layout=widgets.Layout(width="112px", margin="0"),
        )
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
        self.slider.observe(self._slid, "value")
        self.number.observe(self._typed, "value")
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

    def _slid(self, change: dict[str, Any]) -> None:
        if not self._is_echo(change["new"]) and not self._at_slider(change["new"]):
            self._set("lr", float(f"{change['new']:.3g}"))  # three digits, to be said and noted

    def _typed(self, change: dict[str, Any]) -> None:
        self._set("lr", change["new"])

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
            self._report(None)
        except (TypeError, ValueError) as error:
            self._report(str(error))
        if self._asked is asked:
            self._asked = None
        self.show()

    def show(self) -> None:
        """Show the group as it is now, whoever changed it."""
        self.words.value = self._html()
        shown(self.release, self.group.held)
        if self.fold is not None:
            self.fold.show()
        if self._asked is not None:
            return  # the hand is ahead: to show an older value would pull the slider back under it
        group = self.group
        lr, frozen, remembered = float(group.lr), group.frozen, group.remembered
        exponent = math.log10(remembered)
        self._showing = True
        try:
            self.slider.min = min(self.slider.min, math.floor(exponent))
            self.slider.max = max(self.slider.max, math.ceil(exponent))
            if not self._at_slider(self.slider.value):
                self.slider.value = nearest = _on_step(exponent)
                self._sent.append(nearest)
            self.slider.disabled = frozen
            self.number.value = float(f"{lr:.4g}")  # as much as the field has room for
            self.freeze.value = frozen
        finally:
            self._showing = False

    def _at_slider(self, value: float) -> bool:
        """Whether a slider's value stands for the group's lr: no other step of it is nearer."""
        return abs(math.log10(value) - math.log10(self.group.remembered)) <= 0.51 * STEP

    def _is_echo(self, value: float) -> bool:
        """Whether the browser only answers what it was sent, as if somebody had moved the slider.

        It does so for each value that is not on a step by its own arithmetic, whose powers may
        differ in the last digit; and perhaps so late that a schedule has moved the lr on.
        """
        for sent in self._sent:
            if value != sent and math.isclose(value, sent, rel_tol=1e-9):
                self._sent.remove(sent)
                return True
        return False

    def _html(self) -> str:
        parameters, numbers = self.group.counts
        return chip(
            self.group.index,
            f"<b>{escape(self.group.label)}</b> · {self.group.words()}",
            f"{self.group.rule}, {parameters} parameter{'s' * (parameters != 1)}, "
            f"{numbers:,} numbers",
        )


def _on_step(exponent: float) -> float:
    """Return the power of ten at the slider's nearest step."""
    return float(10 ** round(round(exponent / STEP) * STEP, 2))
