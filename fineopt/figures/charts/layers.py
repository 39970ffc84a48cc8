"""A chart drawn in layers, of which those that stand still are kept as pictures."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.transforms import Bbox

from .chart import Chart, Keys

NEVER = Keys((None,), (None,), (None,))  # of what was not yet drawn


class Layers:
    """Pictures of one chart's lower layers, in its own cell of the canvas."""

    def __init__(self, chart: Chart, canvas: Any, cell: Bbox) -> None:
        # To ask the canvas for its renderer each time would take a while.
        self.chart, self.renderer, self.cell = chart, canvas.get_renderer(), cell
        self.slow = sorted(chart.slow, key=Artist.get_zorder)
        for artist in (*chart.slow, chart.curves, *chart.moving):
            artist.set_animated(True)  # the axes, when drawn, leaves them out
        self.white = self.frame = self.static = self.ground = self.kept = self._picture()
        self.keys = NEVER
        chart.axes.draw(self.renderer)  # finds where the title and the label go

    def draw(self, keys: Keys) -> bool:
        """Draw the chart; return whether its static layer or its x axis had to be drawn anew."""
        restore, renderer = self.renderer.restore_region, self.renderer
        before, self.keys = self.keys, keys
        curves, moving = self.chart.curves, self.chart.moving
        if framed := keys.static != before.static:
            restore(self.white)
            _draw_frame(self.chart.axes, renderer)
            self.frame = self._picture()
        if anew := framed or keys.x_axis != before.x_axis:
            restore(self.frame)
            _draw_axis(self.chart.axes.xaxis, renderer)
            self.static = self._picture()
        if changed := anew or keys.slow != before.slow:
            restore(self.static)
            for artist in self.slow:
                artist.draw(renderer)
            self.ground = self._picture()
        if curves.curves or moving:
            if changed or not curves.go_on():
                curves.begin()
                self.kept = self.ground
            restore(self.kept)
            if curves.finish(renderer):
                self.kept = self._picture()
            curves.draw_rest(renderer)
        for artist in moving:
            artist.draw(renderer)
        return anew

    def _picture(self) -> Any:
        """Return the cell as it is now."""
        return self.renderer.copy_from_bbox(self.cell)


def _draw_frame(axes: Axes, renderer: Any) -> None:
    """Draw axes but for the x axis; to find places for title and label again would take longer."""
    axes.patch.draw(renderer)
    apart = axes.patch, axes.xaxis
    still = [a for a in axes.get_children() if a not in apart and not a.get_animated()]
    for artist in sorted(still, key=Artist.get_zorder):
        if isinstance(artist, Axis):
            _draw_axis(artist, renderer)
        else:
            artist.draw(renderer)


def _draw_axis(axis: Axis, renderer: Any) -> None:
    """Draw an axis, all its ticks as marks of one line: each by itself costs as much."""
    places = axis.get_majorticklocs().tolist()
    labels = axis.get_major_formatter().format_ticks(places)
    ticks = axis.get_major_ticks(len(places))
    if ticks:
        marks = ticks[0].tick1line
        across = [0.0] * len(places)
        marks.set_data(*((places, across) if isinstance(axis, XAxis) else (across, places)))
        marks.draw(renderer)
    for tick, place, label in zip(ticks, places, labels, strict=True):
        tick.update_position(place)
        tick.label1.set_text(label)
        tick.label1.draw(renderer)
    axis.label.draw(renderer)
