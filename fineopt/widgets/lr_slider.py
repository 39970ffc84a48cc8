"""A slider for a learning rate that knows the browser's answers from a hand's moves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

__all__ = ["LrSlider"]

LOWEST, HIGHEST = -5, 0  # exponents of the slider's ends, widened where an lr lies beyond
STEP = 0.02  # of the slider, in decades: 5% of the learning rate


class LrSlider(widgets.FloatLogSlider):
    """A log slider that shows a learning rate and reports where a hand moves it.

    The browser answers each value that it is sent with the nearest step, as if somebody had moved
    the slider there. That answer may come late, when the lr is another one already; it must never
    change it. So the values sent are remembered, and the answer to each is passed over once.

    Args:
        lr: what to show first; at 0 the slider stays where it is.
        tooltip: says what it sets.
        moved: called with the new lr, of three digits, when a hand has moved the slider.

    >>> slider = LrSlider(0.3, "learning rate", print)
    >>> slider.show(3.0)
    >>> slider.value = 10**-0.52  # the late answer to 0.3
    >>> slider.value = 0.0123456
    0.0123
    """

    value: float  # ipywidgets itself has no types
    min: float
    max: float

    def __init__(self, lr: float, tooltip: str, moved: Callable[[float], object]) -> None:
        self._moved = moved
        self._lr = lr or 0.01
        self._sent = [self._lr]  # to the browser, and not answered yet
        self._showing = False
        super().__init__(
            value=self._lr,
            base=10,
            min=min(LOWEST, math.floor(math.log10(self._lr))),
            max=max(HIGHEST, math.ceil(math.log10(self._lr))),
            step=STEP,
            readout=False,
            tooltip=f"{tooltip}: arrow keys, Page Up and Down, Home, End",
            layout=widgets.Layout(flex="1 1 160px", min_width="120px", margin="0 8px"),
        )
        self.observe(self._hear, "value")

    def show(self, lr: float) -> None:
        """Show a learning rate, whoever set it; 0 has no place here and changes nothing."""
        if lr <= 0:
            return
        self._lr = lr
        if _near(self.value, lr):
            return
        self._sent = [*self._sent[-7:], lr]
        self._showing = True
        try:
            self.min = min(self.min, math.floor(math.log10(lr)))
            self.max = max(self.max, math.ceil(math.log10(lr)))
            self.value = lr
        finally:
            self._showing = False

    def _hear(self, change: dict[str, Any]) -> None:
        value = change["new"]
        if self._showing:
            return
        for i, sent in enumerate(self._sent):
            if _near(value, sent):
                del self._sent[: i + 1]
                return
        self._sent.clear()
        if not _near(value, self._lr):
            self._lr = float(f"{value:.3g}")
            self._moved(self._lr)


def _near(value: float, lr: float) -> bool:
    """Whether a slider's value stands for an lr: no other step of it is nearer."""
    return abs(math.log10(value / lr)) <= 0.51 * STEP
