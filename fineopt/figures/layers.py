"""A chart drawn in layers, of which those that stand still are kept as pictures."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.transforms import Bbox

from .chart import Chart
from .style import Key


class Layers:
    """Pictures of one chart's lower layers, in its own cell of the canvas."""

    def __init__(self, chart: Chart, canvas: Any, cell: Bbox) -> None:
        self.chart, self.canvas, self.cell = chart, canvas, cell
        self.slow = sorted(chart.slow, key=Artist.get_zorder)
        for artist in (*chart.slow, chart.curves, *chart.moving):
            artist.set_animated(True)  # the axes, when drawn, leaves them out
        self.white = self.static = self.ground = self.kept = canvas.copy_from_bbox(cell)
        self.keys: tuple[Key | None, Key | None] = None, None

    def draw(self, key: Key, slow_key: Key) -> bool:
        """Draw the chart; return whether its static layer had to be drawn anew."""
        canvas, renderer = self.canvas, self.canvas.get_renderer()
        if anew := key != self.keys[0]:
            canvas.restore_region(self.white)
            if self.keys[0] is None:
                self.chart.axes.draw(renderer)  # finds where the title and the label go, too
            else:
                _draw_again(self.chart.axes, renderer)
            self.static = canvas.copy_from_bbox(self.cell)
        curves, moving = self.chart.curves, self.chart.moving
        if changed := anew or slow_key != self.keys[1]:
            canvas.restore_region(self.static)
            for artist in self.slow:
                artist.draw(renderer)
            self.ground = canvas.copy_from_bbox(self.cell)
        if curves.curves or moving:
            if changed or not curves.go_on():
                curves.begin()
                self.kept = self.ground
            canvas.restore_region(self.kept)
            if curves.finish(renderer):
                self.kept = canvas.copy_from_bbox(self.cell)
            curves.draw_rest(renderer)
        for artist in moving:
            artist.draw(renderer)
        self.keys = key, slow_key
        return anew


def _draw_again(axes: Axes, renderer: Any) -> None:
    """Draw axes in a third of the time: to find a place for title and label takes the others."""
    axes.patch.draw(renderer)
    still = [a for a in axes.get_children() if a is not axes.patch and not a.get_animated()]
    for artist in sorted(still, key=Artist.get_zorder):
        if isinstance(artist, Axis):
            _draw_axis(artist, renderer)
        else:
            artist.draw(renderer)


def _draw_axis(axis: Axis, renderer: Any) -> None:
    places = axis.get_majorticklocs().tolist()
    labels = axis.get_major_formatter().format_ticks(places)
    ticks = axis.get_major_ticks(len(places))
    for tick, place, label in zip(ticks, places, labels, strict=True):
        tick.update_position(place)
        tick.label1.set_text(label)
        tick.draw(renderer)
    axis.label.draw(renderer)
