"""A row of the landscape panel: what moves one coordinate, and by how much."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from ..landscape import RULES
from .landscape_controller import LandscapeController
from .parts import RULE, add_unheard, line

__all__ = ["CoordinateRow"]

LOWEST, HIGHEST = -5, 0  # exponents of the slider's ends, widened where an lr lies beyond
STEP = 0.02  # of the slider, in decades: 5% of the learning rate
NAMES = ("<b>x</b> ↔", "<b>y</b> ↕")


class CoordinateRow(widgets.VBox):
    """Optimizer, slider and number of one coordinate.

    Args:
        controller: what it sets.
        coordinate: 0 is x, 1 is y.
        later: runs an action between two steps, and then shows what is new.
    """

    def __init__(
        self,
        controller: LandscapeController,
        coordinate: int,
        later: Callable[[Callable[[], object]], None],
    ) -> None:
        self.controller, self.coordinate, self._later = controller, coordinate, later
        self._asked: object = None  # the newest lr that was asked for and is not set yet
        self._showing = False  # while this row sets its own widgets, it does not listen to them
        name = "xy"[coordinate]
        self.rule = widgets.Dropdown(
            options=list(RULES),
            value=controller.run.rules[coordinate],
            description=add_unheard(NAMES[coordinate], "is moved by"),
            description_allow_html=True,
            tooltip=f"what moves {name}; another one begins again",
            style={"description_width": "34px"},
            layout=widgets.Layout(width="158px", margin="0"),
        )
        self.slider = widgets.FloatLogSlider(
            value=controller.lrs[coordinate] or 10**HIGHEST,
            base=10,
            min=LOWEST,
            max=HIGHEST,
            step=STEP,
            readout=False,
            tooltip=f"learning rate of {name}: arrow keys, Page Up and Down, Home, End",
            layout=widgets.Layout(flex="1 1 160px", min_width="120px", margin="0 8px"),
        )
        self.number = widgets.FloatText(
            value=controller.lrs[coordinate],
            step=None,
            description=add_unheard("lr", f"of {name}"),
            description_allow_html=True,
            continuous_update=False,
            tooltip=f"learning rate of {name}: type a number, then Enter",
            style={"description_width": "18px"},
            layout=widgets.Layout(width="112px", margin="0"),
        )
        super().__init__(
            [line(self.rule, self.slider, self.number)],
            layout=widgets.Layout(margin="0", border_top=RULE, padding="3px 0"),
        )
        self.show()
        self.rule.observe(self._chosen, "value")
        self.slider.observe(self._slid, "value")
        self.number.observe(lambda change: self._set(change["new"]), "value")

    @property
    def lr(self) -> float:
        """The coordinate's learning rate."""
        return self.controller.lrs[self.coordinate]

    def _chosen(self, change: dict[str, Any]) -> None:
        if not self._showing:
            self._later(lambda: self.controller.set_rule(self.coordinate, change["new"]))

    def _slid(self, change: dict[str, Any]) -> None:
        if not self._at_slider(change["new"]):
            self._set(float(f"{change['new']:.3g}"))  # three digits, to be said and noted

    def _set(self, lr: float) -> None:
        if not self._showing:
            self._asked = asked = object()
            self._later(lambda: self._set_now(lr, asked))

    def _set_now(self, lr: float, asked: object) -> None:
        if self._asked is asked:
            self._asked = None
        self.controller.set_lr(self.coordinate, lr)

    def show(self) -> None:
        """Show the coordinate as it is now, whoever changed it."""
        self._showing = True
        try:
            self.rule.value = self.controller.run.rules[self.coordinate]
            if self._asked is None:  # else the hand is ahead: don't pull the slider back under it
                self._show_lr(self.lr)
        finally:
            self._showing = False

    def _show_lr(self, lr: float) -> None:
        self.number.value = lr
        if lr > 0 and not self._at_slider(self.slider.value):
            self.slider.min = min(self.slider.min, math.floor(math.log10(lr)))
            self.slider.max = max(self.slider.max, math.ceil(math.log10(lr)))
            self.slider.value = lr

    def _at_slider(self, value: float) -> bool:
        """Whether a slider's value stands for the lr: no other step of it is nearer.

        The browser answers each lr that it is sent with the nearest step, as if somebody had moved
        the slider; that echo must not change the lr.
        """
        return self.lr > 0 and abs(math.log10(value / self.lr)) <= 0.51 * STEP
