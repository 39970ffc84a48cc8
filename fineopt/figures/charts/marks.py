"""Vertical marks where the learning rate or the optimizer of a group changed."""

from __future__ import annotations

from matplotlib.collections import LineCollection

from ...scenes.lr_changes import mark_text
from ...scenes.style import MARGIN, colour, ink
from .chart import MARKS, Chart, Key

WORDED = 5  # the newest changes have text


class Marks:
    """Dotted vertical lines, the newest of them with text.

    Regular changes, such as those of a schedule, are marked only where they begin.

    Args:
        chart: the chart to mark; its x axis shows time.
        worded: whether marks have text.
    """

    def __init__(self, chart: Chart, worded: bool) -> None:
        self.chart = chart
        self._key: Key | None = None
        transform = chart.axes.get_xaxis_transform()
        self.lines = LineCollection([], linewidths=1.3, zorder=MARKS)
        self.lines.set_transform(transform)
        chart.axes.add_collection(self.lines, autolim=False)
        chart.slow.append(self.lines)
        count = WORDED if worded else 0
        self.words = [chart.word(transform=transform, visible=False) for _ in range(count)]

    def update(self, shown: bool = True, rows_taken: int = 0) -> Key:
        """Place the marks, their text in rows from the top, below ``rows_taken`` other rows.

        Returns the key of their state.
        """
        summary = self.chart.summary
        changes = summary.lr_changes if shown else []
        places = summary.x([change.at for change in changes]).tolist()
        epoch = summary.record.steps_per_epoch
        key = (*changes, *places, summary.end, epoch, rows_taken)
        if key == self._key:
            return key
        self._key = key
        self.lines.set_segments([[(x, 0.0), (x, 1.0)] for x in places])
        self.lines.set_color([colour(change.group) for change in changes])
        # The dots of every other group lie in the gaps, so that marks at the same x are both seen.
        self.lines.set_linestyle([(1.4 * (change.group % 2), (1, 1.8)) for change in changes])
        for word in self.words:
            word.set_visible(False)
        rows: list[list[tuple[float, float]]] = []  # in each row, the occupied spans in pixels
        # Newest first, each in the highest row with enough space.
        for word, change, x in zip(self.words, changes[::-1], places[::-1], strict=False):
            text = mark_text(summary.record.groups[change.group], change, epoch)
            left, right, align = self._span(x, text)
            row = 0
            while row < len(rows) and any(left < b and a < right for a, b in rows[row]):
                row += 1
            rows += [[] for _ in range(row + 1 - len(rows))]
            rows[row].append((left, right))
            word.set(text=text, x=x, ha=align, color=ink(change.group), visible=True)
            word.set_y(1 - (9 + 15 * (row + rows_taken)) / self.chart.height())
            # A space separates the text from its line.
            word.set_text(f" {text}" if align == "left" else f"{text} ")
        return key

    def _span(self, x: float, text: str) -> tuple[float, float, str]:
        """Return the left and right end in pixels, and the alignment with enough space."""
        width, end = self.chart.width(), self.chart.summary.end
        at = width * (x / end + MARGIN) / (1 + 2 * MARGIN)
        length = 6.6 * (len(text) + 2)
        if at + length <= width + 12 or at < length:
            return at, at + length, "left"
        return at - length, at, "right"
