"""A landscape of two parameters, and the paths of several runs over its contour lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from fineopt.landscape import Landscape, Run, find_landscape

from ..alt_text import describe_runs
from ..picture import Picture
from ..png import Encoder
from ..style import GREY, INK, SIZE, dress, set_ticks, ticks, title
from ..text import LITERAL, labels, number
from .path_artists import ENTRY, ROW, PathArtists

__all__ = ["LandscapeChart", "LiveLandscape", "landscape"]

FIGSIZE = (8.8, 5.0)
LEFT, RIGHT, TOP, BOTTOM = 0.6, 0.1, 0.3, 0.42  # margins in inches
KEY = 2.55  # inches at the right, for what the runs are
GRID = 401  # points along each axis, from which the contour lines are found
SHADES = LinearSegmentedColormap.from_list("calm", ["#7f8795", "#dcdfe4"])  # lowest to highest


class LandscapeChart:
    """Contour lines, drawn once, and paths over them, which `update` draws as they are now.

    Args:
        landscape: what the paths lead over.
        figsize: in inches at 100 dpi.

    >>> chart = LandscapeChart(find_landscape("saddle"))
    >>> chart.point(0.5, 0.5), chart.point(0.0, 0.5)
    ((0.84..., -0.05...), None)
    """

    def __init__(self, landscape: Landscape, figsize: tuple[float, float] = FIGSIZE) -> None:
        self.landscape = landscape
        self.runs: Sequence[Run] = ()
        self.figure = Picture(lambda: describe_runs(self.landscape, self.runs), figsize)
        width, height = figsize
        right = (KEY + RIGHT) / width  # of the figure, for the key
        left, bottom = LEFT / width, BOTTOM / height
        tall = 1 - (TOP + BOTTOM) / height
        self.axes = self.figure.add_axes((left, bottom, 1 - left - right - 0.2 / width, tall))
        self.key = self.figure.add_axes((1 - right, bottom, KEY / width, tall))
        self._paths: list[PathArtists] = []
        self._shown: list[object] = []  # what each path tells of its run
        self._dress()
        self._draw_landscape()

    def _dress(self) -> None:
        axes, key = self.axes, self.key
        dress(axes)
        axes.set(xlim=self.landscape.x_range, ylim=self.landscape.y_range)
        for which, limits in (("x", self.landscape.x_range), ("y", self.landscape.y_range)):
            places = ticks(*limits)
            set_ticks(axes, which, places, labels(places))
        axes.set_xlabel("x", fontsize=SIZE, labelpad=1)
        axes.set_ylabel("y", fontsize=SIZE, labelpad=4, rotation=0)
        title(axes, f"{self.landscape.name}: f = {self.landscape.formula}")
        key.set_axis_off()
        key.set(xlim=(0, key.bbox.width), ylim=(key.bbox.height, 0))

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
        told = f"lines at {', '.join(map(number, levels[-1:-4:-1]))}, …\nabove the least value ★"
        self.key.text(
            0, self.key.bbox.height, f"ring: start, large mark: end\n{told}",
            fontsize=SIZE, color=GREY, va="bottom", linespacing=1.25, **LITERAL,
        )  # fmt: skip

    @property
    def room(self) -> int:
        """How many runs the key has room for."""
        return max(1, int((self.key.bbox.height - 4 * ROW) // ENTRY))

    @property
    def layers(self) -> list[list[Artist]]:
        """The artists of each run, from below."""
        return [[a for a in path.artists if a.get_visible()] for path in self._paths if path.shown]

    def update(self, runs: Sequence[Run]) -> None:
        """Draw these runs; the newest of them have words in the key, as far as there is room."""
        self.runs = runs
        while len(self._paths) < len(runs):
            self._paths.append(PathArtists(self.axes, self.key, len(self._paths)))
        before, self._shown = self._shown, []
        for i, path in enumerate(self._paths):
            if i >= len(runs):
                path.hide()
                continue
            row = i - max(0, len(runs) - self.room)
            now = runs[i], runs[i].steps, runs[i].left, runs[i].label(), row
            self._shown.append(now)
            if i >= len(before) or now != before[i]:
                path.show(runs[i], row)

    def point(self, across: float, down: float) -> tuple[float, float] | None:
        """Return what lies at a place in the picture, or None beside the landscape.

        Args:
            across: share of the picture's width, from the left.
            down: share of its height, from the top.
        """
        left, bottom, width, height = map(float, self.axes.get_position().bounds)
        shares = (across - left) / width, (1 - down - bottom) / height
        if not all(0 <= share <= 1 for share in shares):
            return None
        (x0, x1), (y0, y1) = self.landscape.x_range, self.landscape.y_range
        return x0 + shares[0] * (x1 - x0), y0 + shares[1] * (y1 - y0)


class LiveLandscape:
    """A chart that is drawn anew as its newest run goes on: what stands still is drawn once.

    >>> LiveLandscape(find_landscape("beale")).update([Run("beale")])[1:4]
    b'PNG'
    """

    def __init__(self, landscape: Landscape, figsize: tuple[float, float] = FIGSIZE) -> None:
        self.chart = LandscapeChart(landscape, figsize)
        canvas: Any = self.chart.figure.canvas  # an Agg canvas: its base class draws nothing
        canvas.draw()
        self._canvas, self._whole = canvas, self.chart.figure.bbox
        self._contours = self._ground = canvas.copy_from_bbox(self._whole)
        self._encoder = Encoder()
        self._key: object = ()  # of the runs but the newest, which are drawn on the ground

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return round(self._whole.width), round(self._whole.height)

    def update(self, runs: Sequence[Run]) -> bytes:
        """Draw these runs as they are now and return the picture as a PNG."""
        self.chart.update(runs)
        *older, newest = self.chart.layers or [[]]
        key = [(run, run.steps, run.label()) for run in runs[:-1]]
        if key != self._key:
            self._key = key
            self._draw(self._contours, [artist for layer in older for artist in layer])
            self._ground = self._canvas.copy_from_bbox(self._whole)
        self._draw(self._ground, newest)
        return self._encoder.encode(np.asarray(self._canvas.buffer_rgba()))

    def _draw(self, ground: Any, artists: Sequence[Artist]) -> None:
        self._canvas.restore_region(ground)
        for artist in artists:
            artist.draw(self._canvas.get_renderer())


def landscape(
    landscape: Landscape | str,
    runs: Run | Sequence[Run] = (),
    *,
    figsize: tuple[float, float] = FIGSIZE,
) -> Figure:
    """Draw a landscape's contour lines, its minima, and the paths of runs over them.

    Args:
        landscape: one, or its name in `LANDSCAPES`.
        runs: what `descend` returns, one or several, down this landscape.
        figsize: in inches at 100 dpi.

    Raises:
        KeyError: for an unknown name.
        ValueError: for a run down another landscape.

    >>> from fineopt.landscape import descend
    >>> landscape("beale", [descend("beale"), descend("beale", lrs=(0.01, 0.01))])
    <Picture size 880x500 with 2 Axes>
    """
    chosen = find_landscape(landscape)
    several = [runs] if isinstance(runs, Run) else list(runs)
    for i, run in enumerate(several):
        if run.landscape is not chosen:
            raise ValueError(
                f"run {i} goes down {run.landscape.name!r}, but {chosen.name!r} is drawn"
            )
    chart = LandscapeChart(chosen, figsize)
    chart.update(several)
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
