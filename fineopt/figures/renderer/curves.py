"""Draws the marks of a chart with two axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ...scenes.scene import Axis, Chart, Mark, place
from ...scenes.style import ALERT, DOTTED, FAINT, GREY, INK, SIZE, colour, dash, ink, shade
from .axes import BACKDROP, LITERAL, draw_axes, title

__all__ = ["draw_curves", "tint"]

INKS = {"ink": INK, "faint": FAINT, "grey": GREY}
SHAPES = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "down": "v", "plus": "P",
          "star": "*"}  # fmt: skip
POINT = 0.72  # points per pixel, at 100 dpi
MARKS, WORDS, CURVES = 5, 9, 8  # zorders
ROW = 15  # pixels of a row of words
Box = tuple[float, float, float]  # left, right and middle height of a word, in pixels


def draw_curves(axes: Axes, chart: Chart) -> None:
    """Draw axes, marks and words of a chart."""
    x, y = draw_axes(axes, chart)
    title(axes, chart["title"])
    for v in chart["verticals"]:
        # The dots of every other group lie in the gaps, so that marks at the same x are both seen.
        dotted = (1.4 * ((v["group"] or 0) % 2), (1, 1.8))
        axes.axvline(v["x"], color=colour(v["group"]), lw=1.3, ls=dotted, zorder=MARKS)
    for i, mark in enumerate(chart["marks"]):
        table = chart["tables"][mark["table"]]
        DRAW[mark["draw"]](axes, mark, table, y, CURVES + i / 1000)
    _words(axes, chart, x, y)
    if chart.get("note"):
        down = 46 if x["label"] else 31  # pixels
        axes.text(
            0.5, -down / axes.bbox.height, chart["note"], transform=axes.transAxes, ha="center",
            va="center", fontsize=SIZE, color=GREY, **LITERAL,
        )  # fmt: skip
    if chart["hint"]:
        hint(axes, chart["hint"])


def hint(axes: Axes, text: str) -> None:
    """Say what an empty chart will show."""
    axes.text(
        0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=SIZE,
        color=GREY, linespacing=1.6, **LITERAL,
    )  # fmt: skip


def tint(mark: Mark) -> Any:
    """Return the colour of a mark."""
    base = INKS[mark["ink"]] if mark.get("ink") else colour(mark["group"])
    return shade(base, mark.get("tone", 0.0))


# --- marks -------------------------------------------------------------------------------------


def _line(axes: Axes, mark: Mark, table: Any, y: Axis, layer: float) -> None:
    first, last = mark.get("rows", (0, len(table)))
    x, values = table[first:last, 0], table[first:last, mark["column"]].astype(float)
    at = place(y, values, mark.get("lane", 0), mark.get("lanes", 1))
    style = {"color": tint(mark), "lw": POINT * mark["width"], "zorder": layer}
    if y["scale"] == "log0":
        zero = np.isneginf(values)
        if zero.any():
            axes.plot(x, np.where(zero, at, np.nan), ls=DOTTED, **style)
        at = np.where(zero, np.nan, at)
    axes.plot(x, at, ls=dash(mark["dash"]), solid_joinstyle="round", **style)


def _area(axes: Axes, mark: Mark, table: Any, y: Axis, layer: float) -> None:
    low, high = (place(y, table[:, mark[key]]) for key in ("column", "to"))
    axes.fill_between(table[:, 0], low, high, color=tint(mark), lw=0.8, zorder=layer)


def _dots(axes: Axes, mark: Mark, table: Any, y: Axis, layer: float) -> None:
    first, last = mark.get("rows", (0, len(table)))
    own, ground = tint(mark), mark["fill"] == "ground"
    axes.plot(
        table[first:last, 0], place(y, table[first:last, 1]), SHAPES[mark["shape"]],
        ms=POINT * mark["size"] * (1.25 if mark["shape"] == "star" else 1.0),
        mfc="white" if ground else own, mec=own if ground else "white",
        mew=1.1 if ground else 0.8 * (mark["size"] > 6), zorder=layer,
    )  # fmt: skip


def _ridge(axes: Axes, mark: Mark, table: Any, y: Axis, layer: float) -> None:
    base = colour(mark["group"])
    axes.fill(
        table[:, 0], place(y, table[:, 1]), facecolor=shade(base, mark["fill"]),
        edgecolor=shade(base, mark["tone"]), lw=0.9, zorder=layer,
    )  # fmt: skip


DRAW = {"line": _line, "area": _area, "dots": _dots, "ridge": _ridge}


# --- words -------------------------------------------------------------------------------------


def _words(axes: Axes, chart: Chart, x: Axis, y: Axis) -> None:
    """Place words in rows, so that none covers another."""
    taken: list[Box] = []
    width, height = float(axes.bbox.width), float(axes.bbox.height)
    low, high = axes.get_xlim()

    def across(value: float) -> float:
        return (value - low) / (high - low) * width

    def put(text: str, left: float, up: float, step: float, tone: Any, **style: Any) -> None:
        length = 6.7 * len(text)
        left = max(2.0, min(left, width - length))
        for _ in range(8):
            if all(
                not (left < b and a < left + length and abs(c - up) < ROW - 1) for a, b, c in taken
            ):
                break
            up += step
        if not -4 <= up <= height + 8:
            return
        taken.append((left, left + length, up))
        axes.text(
            left / width, up / height, text, transform=axes.transAxes, va="center", fontsize=SIZE,
            color=tone, zorder=WORDS, bbox=BACKDROP, **LITERAL, **style,
        )  # fmt: skip

    for i, entry in enumerate(chart.get("legend", []) if _explains(chart) else []):
        _sample(axes, entry, i, width, height, taken)
    if chart.get("alert"):
        put(chart["alert"], width, height - 9, -ROW, ALERT, fontweight="bold")
    for v in reversed(chart["verticals"]):
        if v["text"]:
            put(v["text"], across(v["x"]) + 4, height - 9, -ROW, ink(v["group"]))
    for mark in chart["marks"]:
        if mark.get("label"):
            _label(chart, mark, y, across, height, put)
    for word in chart.get("words", []):
        up = float(place(y, word["y"])) * height
        left = across(word["x"])
        text = word["text"]
        if word.get("least") and 6.7 * len(text) > width - left:
            text = word["least"]
        beside = 0 if word.get("least") else 8
        put(
            text,
            left + beside,
            up + beside,
            ROW,
            ink(word["group"]),
            fontweight="bold" if word.get("bold") else "normal",
        )
    if chart.get("named"):
        _end_names(axes, chart, y, across, width, height)


def _explains(chart: Chart) -> bool:
    """Whether the legend tells lines of one axes apart that have no labels of their own."""
    return not chart.get("beside") and any(
        entry.get("group") is not None or entry.get("dash") is not None
        for entry in chart.get("legend", [])
    )


def _sample(axes: Axes, entry: Any, i: int, width: float, height: float, taken: list[Box]) -> None:
    left, up = 6 + width / 2 * (i % 2), height - ROW * (0.6 + i // 2)
    style: dict[str, Any] = {"transform": axes.transAxes, "zorder": WORDS}
    x, y = (left / width, (left + 30) / width), up / height
    if entry["shape"] == "line":
        axes.plot(
            x, (y, y), color=colour(entry["group"]), lw=1.6, ls=dash(entry.get("dash", 0)), **style
        )
    else:
        fill = "white" if entry.get("fill") == "ground" else colour(entry["group"])
        axes.plot([sum(x) / 2], [y], SHAPES[entry["shape"]], mfc=fill, mec=INK, ms=6, **style)
    axes.text(
        (left + 36) / width, y, entry["text"], va="center", fontsize=SIZE,
        color=ink(entry["group"]), bbox=BACKDROP, **LITERAL, **style,
    )  # fmt: skip
    taken.append((left, left + 36 + 6.7 * len(entry["text"]), up))


def _label(chart: Chart, mark: Mark, y: Axis, across: Any, height: float, put: Any) -> None:
    """Write a line's name above its start."""
    table = chart["tables"][mark["table"]]
    there = np.flatnonzero(~np.isnan(table[:, mark["column"]]))
    if not len(there):
        return
    first = table[there[0]]
    share = place(y, first[mark["column"]], mark.get("lane", 0), mark.get("lanes", 1))
    left, up = across(float(first[0])) + 5, float(share) * height + 10
    put(mark["label"], left, up, ROW, ink(mark["group"]), fontweight="bold")


def _end_names(axes: Axes, chart: Chart, y: Axis, across: Any, width: float, height: float) -> None:
    """Write the names of lines at their ends, in their order, each in a row of its own."""
    ends = []
    for mark in chart["marks"]:
        table = chart["tables"][mark["table"]]
        there = np.flatnonzero(~np.isnan(table[:, mark["column"]]))
        if mark.get("end") and len(there):
            last = table[there[-1]]
            share = place(y, last[mark["column"]], mark.get("lane", 0), mark.get("lanes", 1))
            ends.append((float(share) * height, across(float(last[0])), mark))
    ends.sort(key=lambda end: end[0])
    rows: list[float] = []
    for up, *_ in ends:
        rows.append(max(up, rows[-1] + ROW) if rows else up)
    for i in reversed(range(len(rows))):
        rows[i] = min(rows[i], rows[i + 1] - ROW if i + 1 < len(rows) else height)
    for row, (up, left, mark) in zip(rows, ends, strict=True):
        style: dict[str, Any] = {"transform": axes.transAxes, "clip_on": False, "zorder": WORDS}
        axes.plot(
            [left / width, 1.02], [up / height, row / height], lw=0.8,
            color=shade(colour(mark["group"]), 0.5), **style,
        )  # fmt: skip
        axes.text(
            1.03, row / height, mark["end"], va="center", fontsize=SIZE, color=ink(mark["group"]),
            **LITERAL, **style,
        )  # fmt: skip
