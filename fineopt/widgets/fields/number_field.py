"""A number field that shows an error message below invalid input."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from ...control.playing.loop import Submit
from ...language import say
from .number_text import parse_number
from .user_input import InputWidget

__all__ = ["NumberField"]

LOG_STEP = 0.02  # decades: 5% of the value
MAX_LENGTH = 11  # characters; a longer number is shortened unless the user typed it


class NumberField(InputWidget):
    """A text field for a number; Enter sets it, Escape restores the previous text.

    The decimal separator is a point or a comma.

    Args:
        value: the initial value.
        caption: the visible label.
        label: the accessible name, which starts error messages.
        on_change: called with a new number; raises KeyError, TypeError or ValueError to reject it.
        submit: runs an action between two steps; if None, actions run immediately.
        integer: whether to accept only integers.
        step: what the arrow keys add; 'log' for a slider's step; 0 disables them.
        width: of the field and its caption.
        margin: around both.

    >>> field = NumberField(10, "over", "epochs", print, integer=True)
    >>> field.value = 4
    4
    >>> field.handle({"text": "2.5"})
    >>> field.value, field.error
    (4, "'2.5' is not an integer: enter one such as 10")
    """

    caption = traitlets.Unicode("").tag(sync=True)
    integer = traitlets.Bool(False).tag(sync=True)
    stepped = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        value: float,
        caption: str,
        label: str,
        on_change: Callable[[Any], object],
        submit: Submit | None = None,
        *,
        integer: bool = False,
        step: float | str = 0,
        width: str = "112px",
        margin: str = "0",
    ) -> None:
        self._on_change, self._step = on_change, step
        self._typed: float | None = None  # by the user, and shown in full
        self.error = ""
        layout = widgets.Layout(width=width, margin=margin)
        traits: Any = {
            "caption": caption,
            "integer": integer,
            "stepped": bool(step),
            "layout": layout,
        }
        super().__init__(value, label, submit, kind="field", **traits)
        self.show(value)

    @property
    def text(self) -> str:
        """The text of the field."""
        exact = _exact(self.value)
        if self.value == self._typed or len(exact) <= MAX_LENGTH:
            return exact
        return f"{self.value:.4g}"

    def display(self) -> dict[str, Any]:
        """Return the text, the exact value and the error message."""
        return {"text": self.text, "exact": _exact(self.value), "error": self.error}

    def clear_error(self) -> None:
        """Clear the error message: the number was set in another way."""
        if self.error:
            self.error = ""
            self.show(self.value)

    def handle(self, event: dict[str, Any]) -> None:
        """Parse the text or apply a step; if the number is rejected, show the error message."""
        self.error = ""
        try:
            text = event.get("text")
            if "value" in event:
                new = event["value"]
            elif text is not None:
                new = parse_number(str(text), integer=self.integer)
            elif "steps" not in event:
                return  # Escape
            else:
                new = self.value
            if "steps" in event:
                new = self._step_by(new, 1 if event["steps"] > 0 else -1)
            self._on_change(new)
        except (KeyError, TypeError, ValueError) as error:
            self.error, new = str(error), self._previous
        else:
            self._typed = new
        with self._echo:
            self.value = new

    def show(self, value: float) -> None:
        """Display a number, unless user input is pending."""
        super().show(value)
        self._previous = self.value

    def _step_by(self, value: float, sign: int) -> float:
        if self._step != "log":
            new = value + sign * float(self._step)
            return int(new) if self.integer else float(f"{new:.12g}")
        if value <= 0:
            raise ValueError(
                say("{label} is {value:g}: enter a number above 0", label=self.label, value=value)
            )
        new = float(f"{10 ** ((round(math.log10(value) / LOG_STEP) + sign) * LOG_STEP):.3g}")
        return new if 0 < new < math.inf else value


def _exact(value: float) -> str:
    """Format a number with the fewest digits that identify it: 10, not 10.0."""
    integral = isinstance(value, float) and value.is_integer() and abs(value) < 1e16
    return repr(int(value)) if integral else repr(value)
