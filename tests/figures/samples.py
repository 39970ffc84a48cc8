"""The pixels of figures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase


def drawn(figure: Figure) -> np.ndarray:
    """A figure's pixels."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]


def title_extent(figure: Figure, title: str) -> BboxBase:
    """The box of a title, in pixels."""
    (text,) = (text for text in figure.findobj(Text) if text.get_text() == title)  # type: ignore[attr-defined]
    box: BboxBase = text.get_window_extent()
    return box
