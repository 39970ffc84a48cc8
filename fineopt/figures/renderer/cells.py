"""Draws a table of numbers, such as gradient sums."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ...language import say
from ...scenes.scene import Chart
from ...scenes.style import GREY, INK, MINUS, PLUS, SIZE, ink, shade
from .axes import LITERAL, set_ticks, title
from .chinese import drawable_language
from .curves import hint

__all__ = ["draw_cells"]

CELL = 42  # pixels, the least width of a column
CURVES = 8


def draw_cells(axes: Axes, chart: Chart) -> None:
    """Draw one row per parameter and one column per epoch, the newest that fit."""
    table, rows = chart["tables"]["t"], len(chart["rows"])
    count = min(len(table), max(1, int(axes.bbox.width // CELL)))
    first = len(table) - count
    columns = max(count, 1)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    title(axes, chart["title"])
    set_ticks(axes, "y", [float(row) for row in range(rows)], chart["short"])
    for label, group in zip(axes.get_yticklabels(), chart["groups"], strict=True):
        label.set_color(ink(group))
    epochs = [f"{epoch:.0f}" for epoch in table[first:, 0]]
    set_ticks(axes, "x", [float(column) for column in range(count)], epochs)
    note = chart["note"]
    if count and any(entry.get("tone") for entry in chart["legend"]):
        with drawable_language():
            note += say("; green +, purple −")
    axes.set_xlabel(note, fontsize=SIZE, labelpad=2, color=GREY, **LITERAL)
    for column in range(count):
        for row in range(rows):
            tone = float(table[first + column, 1 + row])
            _cell(axes, chart, column, row, first + column, tone)
    if chart["hint"]:
        hint(axes, chart["hint"])


def _cell(axes: Axes, chart: Chart, column: int, row: int, epoch: int, tone: float) -> None:
    faint, known = chart["faint"][epoch][row], math.isfinite(tone)
    strength = abs(tone) * (0.45 if faint else 1.0) if known else 0.0
    if known:
        face = shade(PLUS if tone > 0 else MINUS, 1 - strength)
        axes.add_patch(
            Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=face, lw=0, zorder=2)
        )
    dark = strength > 0.6
    axes.text(
        column, row, chart["numbers"][epoch][row], ha="center", va="center", fontsize=SIZE,
        style="italic" if faint and known else "normal", zorder=CURVES,
        color=GREY if not known or faint else "white" if dark else INK, **LITERAL,
    )  # fmt: skip
