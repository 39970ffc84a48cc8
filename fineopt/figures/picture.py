"""A matplotlib Figure that shows itself in a notebook, with words for who can't see it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .canvas import Canvas
from .png import encode
from .style import DPI

__all__ = ["Picture"]


class Picture(Figure):
    """A white Figure on a canvas of its own, which pyplot does not know.

    Args:
        words: says what is to be seen, when the picture is shown.
        figsize: width and height in inches, at 100 dpi.

    >>> picture = Picture(lambda: "an empty picture", (4.0, 3.0))
    >>> sorted(picture._repr_mimebundle_())
    ['image/png', 'text/plain']
    """

    def __init__(self, words: Callable[[], str], figsize: tuple[float, float]) -> None:
        super().__init__(figsize=figsize, dpi=DPI, facecolor="white")
        Canvas(self)
        self._words = words

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        canvas: Any = self.canvas
        canvas.draw()
        png = encode(np.asarray(canvas.buffer_rgba()))
        return {
            "image/png": base64.b64encode(png).decode(),
            "text/plain": f"<{self._words()}>",
        }
