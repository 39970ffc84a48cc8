"""A picture of a panel's rows as text, for notebooks that are read without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from ...figures.renderer.axes import LITERAL
from ...figures.renderer.picture import png
from ...language import say
from ...scenes.style import DPI, INK, SIZE, colour
from ...scenes.text import elide

__all__ = ["LINES", "NO_CHIP", "text_picture"]

NO_CHIP = -1  # a line without a colour chip; None is the chip of parameters in no group
WIDTH, LINE = 8.8, 0.24  # inches
LINES, CHARACTERS = 60, 130  # the maximum number of lines, and of characters per line


def text_picture(lines: Sequence[tuple[int | None, str]]) -> bytes:
    r"""Draw lines of text, each after the colour chip of a group, and return a PNG.

    Beyond `LINES` lines, a last line states how many are omitted.

    >>> text_picture([(0, "conv: learning rate 0.05"), (NO_CHIP, "paused")])[:4]
    b'\x89PNG'
    """
    if len(lines) > LINES:
        lines = [*lines[:LINES], (NO_CHIP, say("and {count:,} more", count=len(lines) - LINES))]
    height = LINE * (len(lines) + 1)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    for i, (group, line) in enumerate(lines):
        y = 1 - LINE * (i + 1) / height
        if group != NO_CHIP:
            figure.text(0.015, y, "■", color=colour(group), va="center", fontsize=SIZE + 2)
        figure.text(
            0.035, y, elide(line, CHARACTERS), color=INK, va="center", fontsize=SIZE + 1, **LITERAL
        )
    return png(figure)
