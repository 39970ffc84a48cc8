"""One run's path over a landscape, and its entry in the key beside it."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from fineopt.landscape import Run

from ..style import INK, SIZE, colour, ink
from ..text import LITERAL, number

SHAPES = "os^DvP"  # a mark for each run, so that it is known not by its colour alone
MARKED = 25  # marks on a path, before every other one goes
ROW = 15  # pixels from line to line in the key
ENTRY = 3.7 * ROW  # of a run in the key
PATHS = 4  # the layer above the landscape's


class PathArtists:
    """A line with a mark every so many steps, from a ring to a large mark with the run's number.

    Args:
        axes: of the landscape.
        key: axes in pixels, from the top, for the words.
        index: the run's place, from 0: its colour, mark and number.
    """

    def __init__(self, axes: Axes, key: Axes, index: int) -> None:
        shape, tone = SHAPES[index % len(SHAPES)], colour(index)
        layer = PATHS + index / 100  # the newest above

        def line(on: Axes, **look: Any) -> Line2D:
            drawn = Line2D([], [], marker=look.pop("marker", shape), zorder=layer, **look)
            on.add_line(drawn)
            return drawn

        self._axes = axes
        self.line = line(axes, color=tone, lw=1.6, ms=4, mew=0)
        self.start = line(axes, marker="o", ls="none", ms=8, mfc="white", mec=INK, mew=1.4)
        self.end = line(axes, ls="none", ms=10, mfc=tone, mec="white", mew=1.2)
        self.sample = line(key, color=tone, lw=1.6, ms=6, mew=0, markevery=[1])
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}
        self.number = axes.annotate(
            str(index + 1), (0, 0), xytext=(8, 8), textcoords="offset points", fontsize=10,
            fontweight="bold", color=ink(index), zorder=layer, bbox=ground, annotation_clip=True,
            **LITERAL,
        )  # fmt: skip
        self.words = key.text(
            0, 0, "", fontsize=SIZE, color=INK, va="top", linespacing=1.25, clip_on=False, **LITERAL
        )
        self.title = key.text(0, 0, f"{index + 1}", fontsize=10, fontweight="bold", va="top")
        self.title.set_color(ink(index))

    @property
    def artists(self) -> tuple[Artist, ...]:
        """All of them, from below."""
        in_key = (self.sample, self.title, self.words)
        return (self.line, self.start, self.end, self.number, *in_key)

    @property
    def shown(self) -> bool:
        """Whether it shows a run."""
        return self.line.get_visible()

    def show(self, run: Run, row: int) -> None:
        """Draw a run as it is now, its words in a row of the key; a row below 0 has no room."""
        path = run.path
        for artist in self.artists:
            artist.set_visible(True)
        for artist in (self.sample, self.title, self.words):
            artist.set_visible(row >= 0)
        self.line.set_data(*path.T)
        every = mark_every(run.steps)
        self.line.set_markevery(every)
        self.start.set_data(path[:1, 0], path[:1, 1])
        self.end.set_data(path[-1:, 0], path[-1:, 1])
        self.end.set_visible(run.steps > 0)
        # Of whole pixels, so that the number is not another picture at each step.
        at = self._axes.transData
        self.number.xy = tuple(at.inverted().transform(at.transform(path[-1]).round()).tolist())
        y = row * ENTRY
        self.sample.set_data([0, 15, 30], [y + 7] * 3)
        self.title.set_position((38, y - 1))
        self.words.set_position((52, y))
        self.words.set_text("\n".join((*run.label(), fate(run))))

    def hide(self) -> None:
        """Show nothing, until the next `show`."""
        for artist in self.artists:
            artist.set_visible(False)


def mark_every(steps: int) -> int:
    """Return from how many steps to the next a mark is, a power of 2, so that marks stay put.

    >>> mark_every(20), mark_every(26), mark_every(200)
    (1, 2, 8)
    """
    return 1 if steps <= MARKED else 2 ** math.ceil(math.log2(steps / MARKED))


def fate(run: Run) -> str:
    """Say how far a run has come.

    >>> fate(Run("saddle", (1.0, 0.0)))
    'not started, f = 0.5'
    """
    if run.left is not None:
        return run.left
    steps = f"{run.steps:,} step{'s' * (run.steps != 1)}" if run.steps else "not started"
    value = run.landscape.value(*run.path[-1:].T)  # the newest alone
    return f"{steps}, f = {number(float(value[0]))}"
