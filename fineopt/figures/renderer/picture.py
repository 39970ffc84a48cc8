"""A matplotlib Figure that displays itself in a notebook, with alt text."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from ...scenes.style import DPI
from .canvas import Canvas

__all__ = ["Picture", "png"]


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
        _prefer_own_png()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {
            "image/png": base64.b64encode(png(self)).decode(),
            "text/plain": f"<{self.alt()}>",
        }


def _prefer_own_png() -> None:
    """Display a Picture in IPython by `png`, also once pyplot has registered its own way.

    pyplot's pictures of this kind are three times as large.
    """
    ipython: Any = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["image/png"].for_type(Picture, png)


def png(figure: Figure) -> bytes:
    r"""Draw a figure as a PNG of at most 64 colours, a quarter of the size of one with all.

    >>> png(Picture(lambda: "", (1.0, 1.0)))[:4]
    b'\x89PNG'
    """
    canvas: Any = figure.canvas
    if not isinstance(canvas, Canvas):
        canvas = Canvas(figure)
    canvas.draw()
    whole = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    buffer = io.BytesIO()
    whole.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
