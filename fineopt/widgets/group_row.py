"""One row of a panel: a param group's name, its learning rate, and Freeze."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ..figures.style import colour
from .group_controller import GroupController

__all__ = ["GroupRow"]

LOWEST, HIGHEST = -5, 0  # exponents of the slider's ends, widened where an lr lies beyond
STEP = 0.02  # of the slider, in decades: 5% of the learning rate


class GroupRow(widgets.HBox):
    """A view of a GroupController: slider, number and Freeze, all on one learning rate.

    Args:
        group: what it sets.
        report: called with an error's words, or None when all is well.
        later: runs an action on the event loop's thread; widgets may call from another.
    """

    def __init__(
        self,
        group: GroupController,
        report: Callable[[str | None], None],
        later: Callable[[Callable[[], object]], None],
    ) -> None:
        self.group, self._report, self._later = group, report, later
        self._asked: object = None  # the newest change that was asked for and is not made yet
        self._showing = False  # while this row sets its own widgets, it does not listen to them
        name = group.label
        self.words = widgets.HTML(layout=widgets.Layout(width="226px", margin="0"))
        self.slider = widgets.FloatLogSlider(
            value=group.remembered,
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
            description="lr",
            tooltip=f"learning rate of {name}: type a number, then Enter",
            continuous_update=False,
            style={"description_width": "18px"},
            layout=widgets.Layout(width="112px", margin="0"),
        )
        self.freeze = widgets.Checkbox(
            value=group.frozen,
            description="Freeze",
            indent=False,
            tooltip=f"freeze {name}: its learning rate is 0 until it is given back",
            layout=widgets.Layout(width="84px", margin="0 0 0 10px"),
        )
        super().__init__(
            [self.words, self.slider, self.number, self.freeze],
            layout=widgets.Layout(
                align_items="center",
                flex_flow="row wrap",
                border_top="1px solid var(--jp-border-color2, #ccc)",
                padding="3px 0",
            ),
        )
        self.show()
        self.slider.observe(self._slid, "value")
        self.number.observe(self._typed, "value")
        self.freeze.observe(self._ticked, "value")

    def _slid(self, change: dict[str, Any]) -> None:
        if not self._at_slider(change["new"]):
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
                self.slider.value = remembered
            self.slider.disabled = frozen
            self.number.value = lr
            self.freeze.value = frozen
        finally:
            self._showing = False

    def _at_slider(self, value: float) -> bool:
        """Whether a slider's value stands for the group's lr: no other step of it is nearer.

        The browser answers each lr that it is sent with the nearest step, as if somebody had moved
        the slider; that echo must not change the lr.
        """
        return abs(math.log10(value) - math.log10(self.group.remembered)) <= 0.51 * STEP

    def _html(self) -> str:
        parameters, numbers = self.group.counts
        return (
            '<div style="display:flex;gap:8px;align-items:center;line-height:1.25">'
            f'<span aria-hidden="true" style="flex:none;width:12px;height:12px;border-radius:3px;'
            f'background:{colour(self.group.index)}"></span>'
            f'<span style="color:var(--jp-ui-font-color1,#222)"><b>{escape(self.group.label)}</b>'
            f" · {self.group.words()}<br>"
            f'<small style="color:var(--jp-ui-font-color2,#555)">{escape(self.group.rule)}, '
            f"{parameters} parameter{'s' * (parameters != 1)}, {numbers:,} numbers</small></span>"
            "</div>"
        )
