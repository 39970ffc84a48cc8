"""A chart drawn in layers, of which the unchanged ones are kept as pictures."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.transforms import Bbox

from ..rendering.axes import draw_axis, draw_frame
from .chart import Chart, LayerKeys

NOT_DRAWN = LayerKeys((None,), (None,), (None,))


class Layers:
    """Pictures of the lower layers of one chart, within its cell of the canvas."""

    def __init__(self, chart: Chart, canvas: Any, cell: Bbox) -> None:
        # Kept because getting the renderer from the canvas is slow.
        self.chart, self.renderer, self.cell = chart, canvas.get_renderer(), cell
        self.slow = sorted(chart.slow, key=Artist.get_zorder)
        for artist in (*chart.slow, chart.curves, *chart.moving):
            artist.set_animated(True)  # excluded when the axes are drawn
        self.white = self.frame = self.static = self.ground = self.kept = self._copy()
        self.keys = NOT_DRAWN
        chart.axes.draw(self.renderer)  # determines the positions of title and label

    def draw(self, keys: LayerKeys) -> bool:
        """Draw the chart; return whether its static layer or its x axis was redrawn."""
        restore, renderer = self.renderer.restore_region, self.renderer
        before, self.keys = self.keys, keys
        curves, moving = self.chart.curves, self.chart.moving
        if framed := keys.static != before.static:
            restore(self.white)
            draw_frame(self.chart.axes, renderer)
            self.frame = self._copy()
        if redrawn := framed or keys.x_axis != before.x_axis:
            restore(self.frame)
            draw_axis(self.chart.axes.xaxis, renderer)
            self.static = self._copy()
        if changed := redrawn or keys.slow != before.slow:
            restore(self.static)
            for artist in self.slow:
                artist.draw(renderer)
            self.ground = self._copy()
        if curves.curves or moving:
            if changed or not curves.is_current():
                curves.reset()
                self.kept = self.ground
            restore(self.kept)
            if curves.finish(renderer):
                self.kept = self._copy()
            curves.draw_rest(renderer)
        for artist in moving:
            artist.draw(renderer)
        return redrawn

    def _copy(self) -> Any:
        """Return a picture of the cell in its current state."""
        return self.renderer.copy_from_bbox(self.cell)
