"""The base class of charts: a fixed set of artists in layers, and keys of their state.

A chart builds its artists once, in three layers, from below: static (axes, ticks, titles), slow
(marks and text, which change now and then), and moving (curves, which change with every step).
`Chart.update` gives them new data and returns a key for each layer below the moving one, and one
for the x axis, which grows with the run. A live view keeps a picture of each layer as long as its
key is unchanged, because drawing one text costs as much as drawing many curves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from ...scenes.scales import labels, ticks
from ...scenes.style import GREY, MARGIN, SIZE
from ...scenes.summary import Ints, Summary
from ..rendering.axes import BACKDROP, LITERAL, dress, set_ticks
from ..rendering.curves import Curves

# The order of layers in live and static figures alike. Static artists are below MARKS.
MARKS, WORDS, CURVES = 5, 6, 8

Key = tuple[Hashable, ...]


class LayerKeys(NamedTuple):
    """The state on which each layer of a chart depends."""

    static: Key
    x_axis: Key
    slow: Key


class Chart(ABC):
    """One axes that shows one aspect of a record."""

    def __init__(self, axes: Axes, summary: Summary) -> None:
        self.axes, self.summary = axes, summary
        self.slow: list[Artist] = []
        self.moving: list[Artist] = []
        self.curves = Curves(axes, CURVES)  # below the other moving artists
        self.keys: LayerKeys | None = None
        dress(axes)
        self.hint = axes.text(
            0.5, 0.5, "", transform=axes.transAxes, ha="center", va="center", fontsize=SIZE,
            color=GREY, linespacing=1.6, **LITERAL,
        )  # fmt: skip

    def update(self) -> LayerKeys:
        """Show the current state of the summary; return the keys of the layers."""
        static, slow = self._move()
        keys = LayerKeys(static, self._x_key(), slow)
        if self.keys is None or keys[:2] != self.keys[:2]:
            if keys.x_axis:
                self._settle_x()
            self._settle()
        self.keys = keys
        return keys

    @abstractmethod
    def _move(self) -> tuple[Key, Key]:
        """Update slow and moving artists; return the keys of the static and the slow layer."""

    @abstractmethod
    def _settle(self) -> None:
        """Set limits, ticks and text as determined by the last `_move`."""

    def _x_key(self) -> Key:
        """Return the state on which the x axis depends; empty if it does not show time."""
        return self.summary.end, self.summary.unit

    def _settle_x(self) -> None:
        end = self.summary.end
        self.axes.set_xlim(-MARGIN * end, (1 + MARGIN) * end)
        places = ticks(0, end, 5 if end > 3 else 3)
        set_ticks(self.axes, "x", places, labels(places))
        self.axes.set_xlabel(self.summary.unit, fontsize=SIZE, labelpad=2)

    def line(self, **style: object) -> Line2D:
        """Add an empty line to the moving layer."""
        line = Line2D([], [], zorder=CURVES, **style)  # type: ignore[arg-type]
        self.axes.add_line(line)
        self.moving.append(line)
        return line

    def word(self, text: str = "", **style: Any) -> Text:
        """Add a text to the slow layer, on a backdrop that keeps it readable."""
        word = self.axes.text(0, 0, text, va="center", fontsize=SIZE, zorder=WORDS, bbox=BACKDROP)
        word.set(**LITERAL, **style)
        self.slow.append(word)
        return word

    def width(self) -> float:
        """Return the width of the axes in pixels."""
        return float(self.axes.bbox.width)

    def height(self) -> float:
        """Return the height of the axes in pixels."""
        return float(self.axes.bbox.height)


def window(names: Sequence[str], watch: str | None, rows: int) -> slice:
    """Return the slice of many parameters to show, centred on the watched one.

    >>> window("abcdefgh", "f", 4), window("abcdefgh", None, 4), window("ab", "b", 4)
    (slice(3, 7, None), slice(0, 4, None), slice(0, 4, None))
    """
    at = 0 if watch is None else names.index(watch)
    begin = max(0, min(at - rows // 2, len(names) - rows))
    return slice(begin, begin + rows)


def thinned(count: int, most: int) -> Ints:
    """Return the indices of at most about `most` evenly spaced samples, and of the last one.

    >>> thinned(10, 4), thinned(3, 4), thinned(0, 4)
    (array([0, 3, 6, 9]), array([0, 1, 2]), array([], dtype=int64))
    """
    every = max(1, -(-count // most))
    return np.unique(np.r_[0:count:every, max(count - 1, 0)])[:count]
