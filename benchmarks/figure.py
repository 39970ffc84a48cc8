"""The figure of the ratios."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from fineopt.files import write_file

from .measure import Row

__all__ = ["draw"]


def draw(rows: Sequence[tuple[int, Row]], path: Path) -> None:
    """Draw a horizontal bar for each row: its ratio divided by the largest acceptable ratio."""
    shown = [(threads, row) for threads, row in rows if row.ratio and row.bar]
    figure = Figure(figsize=(8, 0.8 + 0.28 * len(shown)), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    names = [f"{r.name}, {t} thread{'s' if t > 1 else ''}, of {r.of}" for t, r in shown]
    lengths = [(row.ratio or 0) / (row.bar or 1) for _, row in shown]
    places = range(len(shown))
    bars = axes.barh(places, lengths, color=["#0072b2" if n <= 1 else "#d55e00" for n in lengths])
    axes.bar_label(bars, [f"{r.ratio:.2f} (≤ {r.bar:g})" for _, r in shown], padding=3, fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, max([1.3, *(n * 1.25 for n in lengths)]))
    axes.set_xlabel("ratio divided by the largest acceptable ratio (shorter is faster)")
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.fonttype": "none"}):  # text as text, for a tenth of the size
        write_file(path, lambda file: figure.savefig(file, format=path.suffix[1:] or "svg"))
