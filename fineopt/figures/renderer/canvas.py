"""An Agg canvas that draws text in a font containing all of its characters."""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from .fonts import drawable

__all__ = ["Canvas"]


class Renderer(RendererAgg):
    """Replaces the font of a text where `drawable` requires it."""

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
        """Draw a text whose baseline begins at x, y pixels from the left and the top."""
        if not ismath:
            s, prop = drawable(s, prop)
        super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Measure a text in the font in which it is drawn."""
        if not ismath:
            s, prop = drawable(s, prop)
        size: tuple[float, float, float] = super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-untyped-call]
        return size


class Canvas(FigureCanvasAgg):
    """Draws with a `Renderer`."""

    renderer: Any = None

    def get_renderer(self) -> Any:
        """Return the renderer, of the figure's size."""
        agg: Any = super().get_renderer()  # type: ignore[no-untyped-call]
        if not isinstance(agg, Renderer):  # a new one, at this matplotlib version's size
            self.renderer = _Renderer(agg.width, agg.height, agg.dpi)
        return self.renderer


_Renderer: Any = Renderer  # untyped in matplotlib
