"""A panel's rows as a picture, for a notebook that is read without a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...figures.rendering.axes import LITERAL
from ...figures.rendering.canvas import Canvas
from ...figures.rendering.png import encode
from ...figures.style import DPI, INK, SIZE, colour
from ...figures.text import elide

__all__ = ["LINES", "NO_CHIP", "still"]

NO_CHIP = -1  # a line without a chip; None is the chip of what is in no group
WIDTH, LINE = 8.8, 0.24  # inches
LINES, LETTERS = 60, 130  # at most so many lines, and letters in each


def still(lines: Sequence[tuple[int | None, str]]) -> bytes:
    r"""Draw lines of text, each after the chip of a group, and return a PNG.

    Of very many lines the first are drawn, and the last tells how many more there are.

    >>> still([(0, "conv: learning rate 0.05"), (NO_CHIP, "paused")])[:4]
    b'\x89PNG'
    """
    if len(lines) > LINES:
        lines = [*lines[:LINES], (NO_CHIP, f"and {len(lines) - LINES:,} more")]
    height = LINE * (len(lines) + 1)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    canvas: Any = Canvas(figure)
    for i, (group, words) in enumerate(lines):
        y = 1 - LINE * (i + 1) / height
        if group != NO_CHIP:
            figure.text(0.015, y, "■", color=colour(group), va="center", fontsize=SIZE + 2)
        figure.text(
            0.035, y, elide(words, LETTERS), color=INK, va="center", fontsize=SIZE + 1, **LITERAL
        )
    canvas.draw()
    return encode(np.asarray(canvas.buffer_rgba()))
