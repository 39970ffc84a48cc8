"""The path of one run over a landscape, and its entry in the legend."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from fineopt.landscape import Run

from ...scenes.scales import mark_interval
from ...scenes.style import INK, SIZE, colour, ink
from ...scenes.text import format_number
from ..rendering.axes import BACKDROP, LITERAL

SHAPES = "os^DvP"  # a marker for each run, so that runs differ not only in colour
ROW = 15  # the line height of the legend in pixels
ENTRY = 3.7 * ROW  # the height of a run's entry
PATHS = 4  # zorder, above the landscape's


class PathArtists:
    """A line with markers, from a ring at the start to a large marker with the run's number.

    Args:
        axes: the axes of the landscape.
        legend: axes for the legend, in pixels from the top.
        index: the run's index, which selects its colour, marker and number.
    """

    def __init__(self, axes: Axes, legend: Axes, index: int) -> None:
        shape, tone = SHAPES[index % len(SHAPES)], colour(index)
        layer = PATHS + index / 100  # newer runs above

        def line(on: Axes, **style: Any) -> Line2D:
            drawn = Line2D([], [], marker=style.pop("marker", shape), zorder=layer, **style)
            on.add_line(drawn)
            return drawn

        self._axes = axes
        self.line = line(axes, color=tone, lw=1.6, ms=4, mew=0)
        self.start = line(axes, marker="o", ls="none", ms=8, mfc="white", mec=INK, mew=1.4)
        self.end = line(axes, ls="none", ms=10, mfc=tone, mec="white", mew=1.2)
        self.sample = line(legend, color=tone, lw=1.6, ms=6, mew=0, markevery=[1])
        self.number = axes.annotate(
            str(index + 1), (0, 0), xytext=(8, 8), textcoords="offset points", fontsize=10,
            fontweight="bold", color=ink(index), zorder=layer, bbox=BACKDROP, annotation_clip=True,
            **LITERAL,
        )  # fmt: skip
        self.words = legend.text(
            0, 0, "", fontsize=SIZE, color=INK, va="top", linespacing=1.25, clip_on=False, **LITERAL
        )
        self.title = legend.text(0, 0, f"{index + 1}", fontsize=10, fontweight="bold", va="top")
        self.title.set_color(ink(index))

    @property
    def artists(self) -> tuple[Artist, ...]:
        """All artists, lowest first."""
        in_legend = (self.sample, self.title, self.words)
        return (self.line, self.start, self.end, self.number, *in_legend)

    @property
    def shown(self) -> bool:
        """Whether it shows a run."""
        return self.line.get_visible()

    def show(self, run: Run, row: int) -> None:
        """Draw the current state of a run, and its entry in a row of the legend if not negative."""
        path = run.path
        for artist in self.artists:
            artist.set_visible(True)
        for artist in (self.sample, self.title, self.words):
            artist.set_visible(row >= 0)
        self.line.set_data(*path.T)
        every = mark_interval(run.steps)
        self.line.set_markevery(every)
        self.start.set_data(path[:1, 0], path[:1, 1])
        self.end.set_data(path[-1:, 0], path[-1:, 1])
        self.end.set_visible(run.steps > 0)
        # On whole pixels, so that the number does not shimmer from step to step.
        at = self._axes.transData
        self.number.xy = tuple(at.inverted().transform(at.transform(path[-1]).round()).tolist())
        y = row * ENTRY
        self.sample.set_data([0, 15, 30], [y + 7] * 3)
        self.title.set_position((38, y - 1))
        self.words.set_position((52, y))
        self.words.set_text("\n".join((*run.label(), outcome(run))))

    def hide(self) -> None:
        """Hide all artists until the next `show`."""
        for artist in self.artists:
            artist.set_visible(False)


def outcome(run: Run) -> str:
    """Describe how far a run has come.

    >>> outcome(Run("saddle", (1.0, 0.0)))
    'not started, f = 0.5'
    """
    if run.left is not None:
        return run.left
    steps = f"{run.steps:,} step{'s' * (run.steps != 1)}" if run.steps else "not started"
    value = run.landscape.value(*run.path[-1:].T)  # the last point only
    return f"{steps}, f = {format_number(float(value[0]))}"
