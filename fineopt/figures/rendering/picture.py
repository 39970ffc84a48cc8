"""A matplotlib Figure that displays itself in a notebook, with alt text."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...scenes.style import DPI
from .canvas import Canvas
from .png import encode

__all__ = ["Picture"]


class Picture(Figure):
    """A white Figure with its own canvas, independent of pyplot.

    Args:
        alt: returns the alt text; called when the picture is displayed.
        figsize: width and height in inches, at 100 dpi.

    >>> picture = Picture(lambda: "an empty picture", (4.0, 3.0))
    >>> sorted(picture._repr_mimebundle_())
    ['image/png', 'text/plain']
    """

    def __init__(self, alt: Callable[[], str], figsize: tuple[float, float]) -> None:
        super().__init__(figsize=figsize, dpi=DPI, facecolor="white")
        Canvas(self)
        self.alt = alt

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        canvas: Any = self.canvas
        canvas.draw()
        png = encode(np.asarray(canvas.buffer_rgba()))
        return {
            "image/png": base64.b64encode(png).decode(),
            "text/plain": f"<{self.alt()}>",
        }
