"""An Agg canvas that draws a word it has drawn before ten times faster.

Words are most of what axes cost to draw, and nearly all of them come again: ticks, titles, names.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from numpy.typing import NDArray

from .fonts import drawable

__all__ = ["Canvas"]

MOST = 1000  # words that are kept

# Matplotlib places letters in 64ths of a pixel; before 3.11, on whole pixels, halves to even ones.
BETWEEN_PIXELS = matplotlib.__version_info__ >= (3, 11)
STEP = 1 if BETWEEN_PIXELS else 2  # pixels after which a word looks the same again

# Of a word, upside down as Agg wants it, and how far it begins right of its place, and ends below.
Picture = tuple[NDArray[np.uint8], int, int]
_pictures: dict[tuple[Any, ...], Picture] = {}


class Renderer(RendererAgg):
    """Draws level words as pictures, which are kept for all canvases."""

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Draw a word whose baseline begins at x, y pixels from the left and the top."""
        if not ismath:
            s, prop = drawable(s, prop)
        if angle or ismath:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            return
        left, top = STEP * floor(x / STEP), STEP * floor(y / STEP)
        place = x - left, y - top
        if BETWEEN_PIXELS:
            place = round(64 * place[0]) / 64, round(64 * place[1]) / 64
        key = (s, hash(prop), gc.get_rgb(), gc.get_alpha(), place, self.dpi)
        if key not in _pictures:
            if len(_pictures) >= MOST:
                _pictures.clear()
            _pictures[key] = self._picture(gc, s, prop, place, mtext)
        picture, from_left, below = _pictures[key]
        if picture.size:  # placed by its lower left corner, from the lower left
            self.draw_image(gc, left + from_left, int(self.height) - top - below, picture)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Measure a word, in the font that it is drawn in."""
        if not ismath:
            s, prop = drawable(s, prop)
        size: tuple[float, float, float] = super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-untyped-call]
        return size

    def _picture(
        self,
        gc: GraphicsContextBase,
        s: str,
        prop: FontProperties,
        place: tuple[float, float],
        mtext: Text | None,
    ) -> Picture:
        """Draw a word on a clear ground with more than enough room, since to measure it is slow."""
        em = 2 * ceil(prop.get_size_in_points() * self.dpi / 72 / 2)
        aside: Any = _Agg(em * (2 * len(s) + 4), 5 * em, self.dpi)
        inner = aside.new_gc()
        inner.copy_properties(gc)
        inner.set_clip_rectangle(None)
        aside.draw_text(inner, em + place[0], 2 * em + place[1], s, prop, 0, False, mtext)
        drawn = np.asarray(aside.buffer_rgba())
        inked = drawn[:, :, 3] > 0
        rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return drawn[:0], 0, 0
        cut = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        return drawn[cut][::-1].copy(), int(columns[0]) - em, int(rows[-1]) + 1 - 2 * em


class Canvas(FigureCanvasAgg):
    """Draws with a `Renderer`."""

    renderer: Any = None

    def get_renderer(self) -> Any:
        """Return the renderer of the figure's size."""
        agg: Any = super().get_renderer()  # type: ignore[no-untyped-call]
        if not isinstance(agg, Renderer):  # a new one, of the size that this matplotlib gives it
            self.renderer = _Renderer(agg.width, agg.height, agg.dpi)
        return self.renderer


# Matplotlib gives these no types.
_Agg: Any = RendererAgg
_Renderer: Any = Renderer
