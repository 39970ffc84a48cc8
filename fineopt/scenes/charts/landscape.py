"""A landscape of two parameters: contour lines, minima, and the paths of runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from fineopt.landscape import Landscape, Run

from ...language import say, translated
from .. import alt_text
from ..scales import mark_interval
from ..scene import Chart, column, dots, key, line, linear_axis, table, thinned
from ..text import format_number

__all__ = ["SHAPES", "contour_levels", "landscape_chart", "outcome"]

GRID = 201  # points along each axis for the contour lines
POINTS = 1024  # of a path, at most
SHAPES = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "down",
    "plus",
)  # runs differ not only in colour


def landscape_chart(landscape: Landscape, runs: Sequence[Run] = ()) -> Chart:
    """Return contour lines and minima of a landscape, and the paths of runs over them.

    A table of contour lines holds all of them, separated by rows of NaN.
    """
    contours, levels = _contours(landscape)
    heights = say(", ").join(map(format_number, levels[-1:-4:-1]))
    tables = {f"c{i}": lines for i, lines in enumerate(contours)}
    fade = np.linspace(0.35, 0.78, max(len(contours), 1)).tolist()
    marks: list[dict[str, Any]] = [
        line(1, table=f"c{i}", ink="grey", tone=tone, width=1.0)
        for i, tone in enumerate(fade[: len(contours)])
    ]
    tables["minima"] = table(*_columns(landscape.minima))
    marks.append(dots("minima", ink="ink", size=13.0, shape="star", fill="ground"))
    legend, words = [], []
    for i, run in enumerate(runs):
        shape = SHAPES[i % len(SHAPES)]
        whole = run.path
        path = whole[thinned(len(whole), POINTS)]
        every = mark_interval(run.steps)
        marked = whole[::every]
        tables |= {
            f"p{i}": table(*path.T),
            f"m{i}": table(*marked.T),
            f"e{i}": table(*whole[-1:].T),
        }
        marks += [
            line(1, table=f"p{i}", group=i, width=1.8),
            dots(f"m{i}", group=i, size=4.5, shape=shape),
            dots(f"m{i}", ink="ink", size=8.0, fill="ground", rows=[0, 1]),
        ]
        if run.steps:
            marks.append(dots(f"e{i}", group=i, size=10.0, shape=shape))
        label = "\n".join((*run.label(), outcome(run)))
        legend.append(key(label, group=i, shape=shape, number=f"{i + 1}"))
        x, y = whole[-1].tolist()
        words.append({"x": x, "y": y, "text": f"{i + 1}", "group": i, "bold": True})
    return {
        "kind": "xy",
        "title": f"{translated(landscape.name)}: f = {translated(landscape.formula)}",
        "hint": "",
        "alt": alt_text.describe_runs(landscape, runs),
        "note": say(
            "ring: start, large mark: end; lines at {heights}, … above the minimum ★",
            heights=heights,
        ),
        "x": linear_axis(*landscape.x_range, label="x"),
        "y": linear_axis(*landscape.y_range, label="y"),
        "verticals": [],
        "words": words,
        "legend": legend,
        "beside": True,  # the legend stands beside the axes, where there is room
        "columns": [column(1, "y", table=f"p{i}", group=i) for i in range(len(runs))],
        "along": True,
        "drop": True,  # a press or a drag sets the start
        "marks": marks,
        "tables": tables,
    }


@lru_cache(maxsize=8)
def _contours(landscape: Landscape) -> tuple[list[Any], list[float]]:
    import contourpy  # matplotlib's; only who looks at a landscape needs it

    sides = (landscape.x_range, landscape.y_range)
    x, y = np.meshgrid(*(np.linspace(*side, GRID) for side in sides))
    value = landscape.value(x, y)
    least = float(min([value.min(), *landscape.value(*_columns(landscape.minima))]))
    levels = contour_levels(float(np.median(value)) - least, float(value.max()) - least)
    found = contourpy.contour_generator(x, y, value - least)
    tables, kept = [], []
    gap = np.full((1, 2), np.nan)
    for level in levels:
        lines: list[Any] = [part for one in found.lines(level) for part in (one, gap)]
        if lines:
            tables.append(table(*np.concatenate(lines).T))
            kept.append(level)
    return tables, kept


def contour_levels(middle: float, top: float) -> list[float]:
    """Return 1 and 3 times powers of ten, from a thousandth of the middle height to the top.

    >>> contour_levels(5.0, 50.0)
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]
    """
    first, last = (int(np.floor(np.log10(height))) for height in (middle, top))
    levels = [float(f"{digit}e{power}") for power in range(first - 3, last + 1) for digit in (1, 3)]
    return [level for level in levels if level <= top]


def outcome(run: Run) -> str:
    """Describe how far a run has come.

    >>> outcome(Run("saddle", (1.0, 0.0)))
    'not started, f = 0.5'
    """
    if run.left is not None:
        return alt_text.outcome(run)
    return say(
        "{steps}, f = {value}",
        steps=alt_text.outcome(run) if run.steps else say("not started"),
        value=format_number(alt_text.last_value(run)),
    )


def _columns(points: Sequence[tuple[float, float]]) -> Any:
    return np.array(points, float).reshape(-1, 2).T
