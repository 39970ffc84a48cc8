"""A slider for a learning rate, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from ...control.playing.loop import Submit
from ..fields.number_field import LOG_STEP
from ..fields.user_input import InputWidget

__all__ = ["LrSlider"]

LOWEST, HIGHEST = -5, 0  # default exponents of the ends, extended for an lr outside them
MIN_EXPONENT, MAX_EXPONENT = -323.3, 308.25  # of the smallest and the largest float


class LrSlider(InputWidget):
    """A log slider that displays a learning rate and reports user input.

    Args:
        lr: the initial learning rate; 0 does not move the slider.
        label: the accessible name.
        on_move: called with the new lr, rounded to three digits, when the user moves the slider.
        submit: runs an action between two steps; if None, actions run immediately.

    >>> slider = LrSlider(0.3, "learning rate", print)
    >>> slider.show(30.0)
    >>> slider.min, slider.max
    (-5.0, 2.0)
    >>> slider.value = 0.0123456
    0.0123
    """

    step = traitlets.Float(LOG_STEP).tag(sync=True)

    def __init__(
        self,
        lr: float,
        label: str,
        on_move: Callable[[float], object],
        submit: Submit | None = None,
    ) -> None:
        self._on_move = on_move
        self._moved_by_user = False  # then the ends of the slider do not change
        layout = widgets.Layout(flex="1 1 120px", min_width="120px", margin="0 8px")
        super().__init__(lr or 0.01, label, submit, kind="slider", layout=layout)
        self.reset_range()

    @property
    def min(self) -> float:
        """The exponent of the left end."""
        return self._ends[0]

    @property
    def max(self) -> float:
        """The exponent of the right end."""
        return self._ends[1]

    def reset_range(self) -> None:
        """Restore the default range, extended if the lr lies outside it."""
        self._moved_by_user = False
        super().show(self.value)

    def show(self, lr: float) -> None:
        """Display a learning rate; one that is not positive and finite changes nothing."""
        valid = 0 < lr < math.inf
        if valid and lr != self.value:
            self._moved_by_user = False
        super().show(lr if valid else self.value)

    def display(self) -> dict[str, Any]:
        """Return the ends and the position, which change together."""
        position = math.log10(self.value)
        if not self._moved_by_user:
            self._ends = (
                float(min(LOWEST, max(MIN_EXPONENT, math.floor(position)))),
                float(max(HIGHEST, min(MAX_EXPONENT, math.ceil(position)))),
            )
        low, high = self._ends
        return {
            "low": low,
            "high": high,
            "position": max(low, min(high, position)),
            "value": repr(float(self.value)),
        }

    def handle(self, event: dict[str, Any]) -> None:
        """Set the lr to the slider's position."""
        lr = event["value"] if "value" in event else 10.0 ** float(event["position"])
        if not 0 < lr < math.inf:
            raise ValueError(f"{self.label} must be above 0 and finite, not {lr!r}")
        rounded = float(f"{lr:.3g}")
        lr = rounded if 0 < rounded < math.inf else lr
        self._on_move(lr)
        self._moved_by_user = True
        with self._echo:
            self.value = lr
