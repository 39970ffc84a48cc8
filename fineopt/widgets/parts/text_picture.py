"""A picture of a panel's rows as text, for notebooks that are read without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from ...figures.audit import NAMES
from ...figures.renderer.axes import LITERAL, add_axes
from ...figures.renderer.drawing import draw
from ...figures.renderer.picture import png
from ...figures.single import BOTTOM, RIGHT, ROW, TOP
from ...language import say
from ...scenes.scene import Chart
from ...scenes.style import DPI, INK, SIZE, colour
from ...scenes.text import elide

__all__ = ["LINES", "NO_CHIP", "text_picture"]

NO_CHIP = -1  # a line without a colour chip; None is the chip of parameters in no group
WIDTH, LINE = 8.8, 0.24  # inches
LINES, CHARACTERS = 60, 130  # the maximum number of lines, and of characters per line
LEAST = 2.0  # inches, the minimum height of a chart above the lines


def text_picture(
    lines: Sequence[tuple[int | None, str]], chart: Chart | None = None, rows: int = 0
) -> bytes:
    r"""Draw lines of text, each after the colour chip of a group, and return a PNG.

    Beyond `LINES` lines, a last line states how many are omitted.

    Args:
        lines: the group of each, and its text.
        chart: drawn above them, if any.
        rows: how many rows the chart has.

    >>> text_picture([(0, "conv: learning rate 0.05"), (NO_CHIP, "paused")])[:4]
    b'\x89PNG'
    """
    if len(lines) > LINES:
        lines = [*lines[:LINES], (NO_CHIP, say("and {count:,} more", count=len(lines) - LINES))]
    text = LINE * (len(lines) + 1)
    height = text if chart is None else text + max(LEAST, TOP + ROW * rows + BOTTOM)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    if chart is not None:
        draw(add_axes(figure, NAMES, text + BOTTOM, WIDTH - RIGHT, height - TOP), chart)
    for i, (group, line) in enumerate(lines):
        y = (text - LINE * (i + 1)) / height
        if group != NO_CHIP:
            figure.text(0.015, y, "■", color=colour(group), va="center", fontsize=SIZE + 2)
        figure.text(
            0.035, y, elide(line, CHARACTERS), color=INK, va="center", fontsize=SIZE + 1, **LITERAL
        )
    return png(figure)
