"""What all charts share: a fixed set of artists, data that moves, and keys of what stands still.

A chart builds its artists once, in three layers, from below: what is static (axes, ticks, titles),
what is slow (marks and words, which change now and then) and what moves with every step (curves).
`Chart.update` gives them new data and returns a key of each layer below the moving one; the x axis,
which grows with the run, has a key of its own. A live view keeps a picture of each layer as long as
its key stays the same: a word costs as much to draw as several curves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.text import Text

from ..lr_changes import mark_text
from ..style import GREY, MARGIN, SIZE, Key, colour, dress, ink, set_ticks, ticks
from ..summary import Digest
from ..text import LITERAL, labels
from .curves import Curves

# The layers' order, in a live view and in a static figure alike. Below MARKS lies what is static.
MARKS, WORDS, CURVES = 5, 6, 8


class Keys(NamedTuple):
    """What the layers of a chart depend on."""

    static: Key
    x_axis: Key
    slow: Key


class Chart(ABC):
    """One axes that shows one aspect of a record."""

    def __init__(self, axes: Axes, digest: Digest) -> None:
        self.axes, self.digest = axes, digest
        self.slow: list[Artist] = []
        self.moving: list[Artist] = []
        self.curves = Curves(axes, CURVES)  # below the others that move
        self.keys: Keys | None = None
        dress(axes)
        self.hint = axes.text(
            0.5, 0.5, "", transform=axes.transAxes, ha="center", va="center", fontsize=SIZE,
            color=GREY, linespacing=1.6, **LITERAL,
        )  # fmt: skip

    def update(self) -> Keys:
        """Show what the digest holds now; return the keys of the layers."""
        static, slow = self._move()
        keys = Keys(static, self._x_key(), slow)
        if self.keys is None or keys[:2] != self.keys[:2]:
            if keys.x_axis:
                self._settle_x()
            self._settle()
        self.keys = keys
        return keys

    @abstractmethod
    def _move(self) -> tuple[Key, Key]:
        """Give slow and moving artists their data; return the keys of the static and slow layer."""

    @abstractmethod
    def _settle(self) -> None:
        """Set limits, ticks and words as the last `_move` found them."""

    def _x_key(self) -> Key:
        """Return what the x axis depends on; nothing, if it is no axis of time."""
        return self.digest.end, self.digest.unit

    def _settle_x(self) -> None:
        end = self.digest.end
        self.axes.set_xlim(-MARGIN * end, (1 + MARGIN) * end)
        places = ticks(0, end, 5 if end > 3 else 3)
        set_ticks(self.axes, "x", places, labels(places))
        self.axes.set_xlabel(self.digest.unit, fontsize=SIZE, labelpad=2)

    def line(self, **look: object) -> Line2D:
        """Add an empty line to the moving layer."""
        line = Line2D([], [], zorder=CURVES, **look)  # type: ignore[arg-type]
        self.axes.add_line(line)
        self.moving.append(line)
        return line

    def word(self, text: str = "", **look: Any) -> Text:
        """Add a word to the slow layer, on a ground that keeps it readable."""
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}
        word = self.axes.text(0, 0, text, va="center", fontsize=SIZE, zorder=WORDS, bbox=ground)
        word.set(**LITERAL, **look)
        self.slow.append(word)
        return word

    def width(self) -> float:
        """Return the axes' width in pixels."""
        return float(self.axes.bbox.width)

    def height(self) -> float:
        """Return the axes' height in pixels."""
        return float(self.axes.bbox.height)


class Marks:
    """Dotted vertical lines where a group's lr changed, the newest of them with words.

    Of changes at even intervals, as of a schedule, only the begin is marked.
    """

    WORDED = 5

    def __init__(self, chart: Chart, worded: bool) -> None:
        self.chart = chart
        self._asked: Key | None = None
        axes = chart.axes
        self.lines = LineCollection([], linewidths=1.3, zorder=MARKS)
        self.lines.set_transform(axes.get_xaxis_transform())
        axes.add_collection(self.lines, autolim=False)
        chart.slow.append(self.lines)
        self.words = [
            chart.word(transform=axes.get_xaxis_transform(), visible=False)
            for _ in range(self.WORDED if worded else 0)
        ]

    def update(self, shown: bool = True, rows_taken: int = 0) -> Key:
        """Place the marks, the words in rows from the top below ``rows_taken`` others.

        Returns their key.
        """
        digest = self.chart.digest
        bursts = digest.bursts if shown else []
        places = digest.x([burst.at for burst in bursts]).tolist()
        asked = (*bursts, *places, digest.end, digest.record.steps_per_epoch, rows_taken)
        if asked == self._asked:
            return asked
        self._asked = asked
        self.lines.set_segments([[(x, 0.0), (x, 1.0)] for x in places])
        self.lines.set_color([colour(burst.group) for burst in bursts])
        # Every other group's dots lie in the gaps, so that two marks at one place are both seen.
        self.lines.set_linestyle([(1.4 * (burst.group % 2), (1, 1.8)) for burst in bursts])
        for word in self.words:
            word.set_visible(False)
        rows: list[list[tuple[float, float]]] = []  # in each row: the spans taken, in pixels
        # The newest in the highest row that has room.
        for word, burst, x in zip(self.words, bursts[::-1], places[::-1], strict=False):
            text = mark_text(
                digest.record.groups[burst.group], burst, digest.record.steps_per_epoch
            )
            left, right, align = self._span(x, text)
            row = 0
            while row < len(rows) and any(left < b and a < right for a, b in rows[row]):
                row += 1
            rows += [[] for _ in range(row + 1 - len(rows))]
            rows[row].append((left, right))
            word.set(text=text, x=x, ha=align, color=ink(burst.group), visible=True)
            word.set_y(1 - (9 + 15 * (row + rows_taken)) / self.chart.height())
            # Four pixels away from the line, as two spaces would be.
            word.set_text(f" {text}" if align == "left" else f"{text} ")
        return asked

    def _span(self, x: float, text: str) -> tuple[float, float, str]:
        """Return left and right end in pixels, and on which side of the mark there is room."""
        width, end = self.chart.width(), self.chart.digest.end
        at = width * (x / end + MARGIN) / (1 + 2 * MARGIN)
        length = 6.6 * (len(text) + 2)
        if at + length <= width + 12 or at < length:
            return at, at + length, "left"
        return at - length, at, "right"


def window(names: Sequence[str], watch: str | None, rows: int) -> slice:
    """Return which of many parameters are shown, so many at most: those about the watched one.

    >>> window("abcdefgh", "f", 4), window("abcdefgh", None, 4), window("ab", "b", 4)
    (slice(3, 7, None), slice(0, 4, None), slice(0, 4, None))
    """
    at = 0 if watch is None else names.index(watch)
    begin = max(0, min(at - rows // 2, len(names) - rows))
    return slice(begin, begin + rows)
