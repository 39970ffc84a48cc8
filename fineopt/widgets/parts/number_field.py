"""A field for a number, which refuses beside itself what is no number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from ..rows.lr_slider import STEP
from .hand import HandWidget, Later
from .number_text import read_number

__all__ = ["NumberField"]

LONG = 11  # characters, above which a number that nobody typed is shortened


class NumberField(HandWidget):
    """A text field for a number: comma or point; Enter sets it, Escape gives back what was there.

    Args:
        value: what to show first.
        caption: the words before it.
        label: its accessible name, and what a refusal begins with.
        entered: called with a new number; may raise TypeError or ValueError to refuse it.
        later: runs an action between two steps; at once if None.
        whole: takes whole numbers alone.
        step: what the arrow keys add; 'log' for a slider's step; 0 for nothing.
        width: of the field with its words.

    >>> field = NumberField(10, "over", "epochs", print, whole=True)
    >>> field.value = 4
    4
    >>> field._told(None, {"text": "2.5", "page": "a tab", "act": 1}, None)
    >>> field.value, field.shown["refused"]
    (4, "'2.5' is not a whole number: write one such as 10")
    """

    caption = traitlets.Unicode("").tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)
    stepped = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        value: float,
        caption: str,
        label: str,
        entered: Callable[[Any], object],
        later: Later | None = None,
        *,
        whole: bool = False,
        step: float | str = 0,
        width: str = "112px",
        margin: str = "0",
    ) -> None:
        self._entered, self._step = entered, step
        self._typed: float | None = None  # by hand, and so shown to the last digit
        self.refused = ""
        layout = widgets.Layout(width=width, margin=margin)
        traits: Any = {"caption": caption, "whole": whole, "stepped": bool(step), "layout": layout}
        super().__init__(value, label, later, kind="field", **traits)
        self.show(value)

    @property
    def text(self) -> str:
        """What stands in the field."""
        exact = _exact(self.value)
        if self.value == self._typed or len(exact) <= LONG:
            return exact
        return f"{self.value:.4g}"

    def picture(self) -> dict[str, Any]:
        """Return the text and what was refused."""
        return {"text": self.text, "exact": _exact(self.value), "refused": self.refused}

    def accept(self) -> None:
        """Take back what was refused: the number was set in another way."""
        if self.refused:
            self.refused = ""
            self.show(self.value)

    def take(self, act: dict[str, Any]) -> None:
        """Read what was typed, or go a step; a refusal is said beside the field."""
        self.refused = ""
        try:
            text = act.get("text")
            if "value" in act:
                new = act["value"]
            elif text is not None:
                new = read_number(str(text), whole=self.whole)
            elif "by" not in act:
                return  # Escape
            else:
                new = self.value
            if "by" in act:
                new = self._stepped_by(new, 1 if act["by"] > 0 else -1)
            self._entered(new)
        except (KeyError, TypeError, ValueError) as wrong:
            self.refused, new = str(wrong), self._before
        else:
            self._typed = new
        with self._echo:
            self.value = new

    def show(self, value: float) -> None:
        """Show a number, whoever set it, unless a hand's newer one is on its way."""
        super().show(value)
        self._before = self.value

    def _stepped_by(self, value: float, sign: int) -> float:
        if self._step != "log":
            new = value + sign * float(self._step)
            return int(new) if self.whole else float(f"{new:.12g}")
        if value <= 0:
            raise ValueError(f"{self.label} is {value:g}: write a number above 0")
        new = float(f"{10 ** ((round(math.log10(value) / STEP) + sign) * STEP):.3g}")
        return new if 0 < new < math.inf else value


def _exact(value: float) -> str:
    """Write a number with as many digits as tell it from all others: 10, not 10.0."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e16
    return repr(int(value)) if whole else repr(value)
