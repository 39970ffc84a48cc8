"""A landscape of two parameters, with the paths of runs over its contour lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from fineopt.landscape import Landscape, Run, find_landscape

from ...scenes.alt_text import describe_runs
from ...scenes.scales import labels, ticks
from ...scenes.style import GREY, INK, SIZE
from ...scenes.text import format_number
from ..rendering.axes import LITERAL, dress, set_ticks, title
from ..rendering.picture import Picture
from .paths import ENTRY, ROW, PathArtists

__all__ = ["FIGSIZE", "LandscapeChart", "landscape"]

FIGSIZE = (8.8, 5.0)
LEFT, RIGHT, TOP, BOTTOM = 0.6, 0.1, 0.3, 0.42  # margins in inches
LEGEND = 2.55  # inches at the right, for the legend of the runs
GRID = 401  # points along each axis for the contour lines
SHADES = LinearSegmentedColormap.from_list("calm", ["#7f8795", "#dcdfe4"])  # lowest to highest


class LandscapeChart:
    """Contour lines, drawn once, and paths over them, drawn by `update`.

    Args:
        landscape: the landscape of the runs.
        figsize: in inches at 100 dpi.

    Attributes:
        paths: the artists of each run; those beyond the current runs are hidden.

    >>> chart = LandscapeChart(find_landscape("saddle"))
    >>> chart.point(0.5, 0.5), chart.point(0.0, 0.5)
    ((0.84..., -0.05...), None)
    """

    def __init__(self, landscape: Landscape, figsize: tuple[float, float] = FIGSIZE) -> None:
        self.landscape = landscape
        self.runs: Sequence[Run] = ()
        self.figure = Picture(lambda: describe_runs(self.landscape, self.runs), figsize)
        width, height = figsize
        right = (LEGEND + RIGHT) / width  # share of the figure for the legend
        left, bottom = LEFT / width, BOTTOM / height
        tall = 1 - (TOP + BOTTOM) / height
        self.axes = self.figure.add_axes((left, bottom, 1 - left - right - 0.2 / width, tall))
        self.legend = self.figure.add_axes((1 - right, bottom, LEGEND / width, tall))
        self.paths: list[PathArtists] = []
        self._shown: list[object] = []  # the state in which each run was drawn
        self._dress()
        self._draw_landscape()

    def _dress(self) -> None:
        axes, legend = self.axes, self.legend
        dress(axes)
        axes.set(xlim=self.landscape.x_range, ylim=self.landscape.y_range)
        for which, limits in (("x", self.landscape.x_range), ("y", self.landscape.y_range)):
            places = ticks(*limits)
            set_ticks(axes, which, places, labels(places))
        axes.set_xlabel("x", fontsize=SIZE, labelpad=1)
        axes.set_ylabel("y", fontsize=SIZE, labelpad=4, rotation=0)
        title(axes, f"{self.landscape.name}: f = {self.landscape.formula}")
        legend.set_axis_off()
        legend.set(xlim=(0, legend.bbox.width), ylim=(legend.bbox.height, 0))

    def _draw_landscape(self) -> None:
        sides = (self.landscape.x_range, self.landscape.y_range)
        x, y = np.meshgrid(*(np.linspace(*side, GRID) for side in sides))
        value = self.landscape.value(x, y)
        least = float(min([value.min(), *self.landscape.value(*_columns(self.landscape.minima))]))
        levels = contour_levels(float(np.median(value)) - least, float(value.max()) - least)
        shades = SHADES(np.linspace(0, 1, len(levels)))
        self.axes.contour(x, y, value - least, levels, colors=shades, linewidths=0.9, zorder=1)
        for at in self.landscape.minima:
            self.axes.plot(*at, "*", ms=13, mfc="white", mec=INK, mew=1.1, zorder=3)
        heights = ", ".join(map(format_number, levels[-1:-4:-1]))
        text = f"ring: start, large mark: end\nlines at {heights}, …\nabove the minimum ★"
        self.legend.text(
            0, self.legend.bbox.height, text,
            fontsize=SIZE, color=GREY, va="bottom", linespacing=1.25, **LITERAL,
        )  # fmt: skip

    @property
    def room(self) -> int:
        """The number of runs that fit in the legend."""
        return max(1, int((self.legend.bbox.height - 4 * ROW) // ENTRY))

    @property
    def layers(self) -> list[list[Artist]]:
        """The visible artists of each run, lowest first."""
        return [[a for a in path.artists if a.get_visible()] for path in self.paths if path.shown]

    def update(self, runs: Sequence[Run]) -> None:
        """Draw the current state of runs; as many of the newest as fit have a legend entry."""
        self.runs = runs
        while len(self.paths) < len(runs):
            self.paths.append(PathArtists(self.axes, self.legend, len(self.paths)))
        before, self._shown = self._shown, []
        for i, path in enumerate(self.paths):
            if i >= len(runs):
                path.hide()
                continue
            row = i - max(0, len(runs) - self.room)
            now = runs[i], runs[i].steps, runs[i].left, runs[i].label(), row
            self._shown.append(now)
            if i >= len(before) or now != before[i]:
                path.show(runs[i], row)

    def point(self, across: float, down: float) -> tuple[float, float] | None:
        """Return the point at a position in the picture, or None if it is outside the landscape.

        Args:
            across: the share of the picture's width, from the left.
            down: the share of its height, from the top.
        """
        left, bottom, width, height = map(float, self.axes.get_position().bounds)
        shares = (across - left) / width, (1 - down - bottom) / height
        if not all(0 <= share <= 1 for share in shares):
            return None
        (x0, x1), (y0, y1) = self.landscape.x_range, self.landscape.y_range
        return x0 + shares[0] * (x1 - x0), y0 + shares[1] * (y1 - y0)


def landscape(
    landscape: Landscape | str,
    runs: Run | Sequence[Run] = (),
    *,
    figsize: tuple[float, float] = FIGSIZE,
) -> Figure:
    """Draw a landscape's contour lines, its minima, and the paths of runs over them.

    Args:
        landscape: a landscape, or its name in `LANDSCAPES`.
        runs: a run on this landscape, as returned by `descend`, or a sequence of runs.
        figsize: in inches at 100 dpi.

    Raises:
        KeyError: if the name is unknown.
        ValueError: if a run is on another landscape.

    >>> from fineopt.landscape import descend
    >>> landscape("beale", [descend("beale"), descend("beale", lrs=(0.01, 0.01))])
    <Picture size 880x500 with 2 Axes>
    """
    chosen = find_landscape(landscape)
    all_runs = [runs] if isinstance(runs, Run) else list(runs)
    for i, run in enumerate(all_runs):
        if run.landscape is not chosen:
            raise ValueError(
                f"run {i} is on {run.landscape.name!r}, but the figure shows {chosen.name!r}"
            )
    chart = LandscapeChart(chosen, figsize)
    chart.update(all_runs)
    return chart.figure


def contour_levels(middle: float, top: float) -> list[float]:
    """Return 1 and 3 times powers of ten, from a thousandth of the middle height to the top.

    >>> contour_levels(5.0, 50.0)
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]
    """
    first, last = (int(np.floor(np.log10(height))) for height in (middle, top))
    levels = [float(f"{digit}e{power}") for power in range(first - 3, last + 1) for digit in (1, 3)]
    return [level for level in levels if level <= top]


def _columns(points: Sequence[tuple[float, float]]) -> Any:
    return np.array(points, float).reshape(-1, 2).T
