"""A slider for a learning rate, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from ..parts.hand import HandWidget, Later

__all__ = ["STEP", "LrSlider"]

LOWEST, HIGHEST = -5, 0  # exponents of the slider's ends, wider while an lr lies beyond
LEAST, MOST = -323.3, 308.25  # exponents of the smallest and the largest number there is
STEP = 0.02  # of the slider, in decades: 5% of the learning rate


class LrSlider(HandWidget):
    """A log slider that shows a learning rate and reports where a hand moves it.

    Args:
        lr: what to show first; at 0 the slider stays where it is.
        label: says what it sets.
        moved: called with the new lr, of three digits, when a hand has moved the slider.
        later: runs an action between two steps; at once if None.

    >>> slider = LrSlider(0.3, "learning rate", print)
    >>> slider.show(30.0)
    >>> slider.min, slider.max
    (-5.0, 2.0)
    >>> slider.value = 0.0123456
    0.0123
    """

    step = traitlets.Float(STEP).tag(sync=True)

    def __init__(
        self, lr: float, label: str, moved: Callable[[float], object], later: Later | None = None
    ) -> None:
        self._moved = moved
        self._by_hand = False  # the newest lr: the slider's ends stay where a hand moves it
        layout = widgets.Layout(flex="1 1 160px", min_width="120px", margin="0 8px")
        super().__init__(lr or 0.01, label, later, kind="slider", layout=layout)
        self.start_again()

    @property
    def min(self) -> float:
        """The exponent of the left end."""
        return self._ends[0]

    @property
    def max(self) -> float:
        """The exponent of the right end."""
        return self._ends[1]

    def start_again(self) -> None:
        """Take the first range again, as far as the lr is in it."""
        self._by_hand = False
        super().show(self.value)

    def show(self, lr: float) -> None:
        """Show a learning rate, whoever set it; 0 has no place here and changes nothing."""
        good = 0 < lr < math.inf
        if good and lr != self.value:
            self._by_hand = False
        super().show(lr if good else self.value)

    def picture(self) -> dict[str, Any]:
        """Return ends and place: they change together."""
        at = math.log10(self.value)
        if not self._by_hand:
            self._ends = (
                float(min(LOWEST, max(LEAST, math.floor(at)))),
                float(max(HIGHEST, min(MOST, math.ceil(at)))),
            )
        low, high = self._ends
        return {
            "low": low,
            "high": high,
            "at": max(low, min(high, at)),
            "value": repr(float(self.value)),
        }

    def take(self, act: dict[str, Any]) -> None:
        """Set the lr where the slider was moved."""
        lr = act["value"] if "value" in act else 10.0 ** float(act["to"])
        if not 0 < lr < math.inf:
            raise ValueError(f"{self.label} must be above 0 and finite, not {lr!r}")
        short = float(f"{lr:.3g}")
        lr = short if 0 < short < math.inf else lr
        self._moved(lr)
        self._by_hand = True
        with self._echo:
            self.value = lr
