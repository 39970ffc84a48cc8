"""Scenes: charts as plain data, in data coordinates, for any renderer.

A *chart* is a dict of words, numbers and small arrays, without pixels, fonts or state. A *scene* is
a dict of charts by name. Two renderers draw them: matplotlib in `fineopt.figures`, and a canvas in
the browser. Both take colours, widths and dashes from `fineopt.scenes.style`, and place values by
one rule, `place`. All but the tables is JSON.

Keys of each chart:
    kind: ``"xy"`` or ``"cells"`` (a table of numbers).
    title, alt, hint: its heading; a description; what it will show, while it is empty.
    note, alert: a line under the axes; a warning in the upper right corner.
    tables: float32 arrays by name, of shape (points, columns). Column 0 is x.

Keys of ``xy`` charts:
    x, y: axes, as made by `linear_axis` and `log_axis`.
    marks: what is drawn of the tables, from below; see `line`, `area`, `dots`, `ridge`.
    verticals: ``{"x", "group", "text"}`` of each change of a learning rate or an optimizer.
    columns: for the pointer, ``{"table", "column", "text", "group", "watch"}`` of each curve.

Keys that a chart may lack:
    legend: ``{"text", "group", "tone", "dash", "shape"}`` of each entry.
    words: ``{"x", "y", "text", "group"}`` of each text beside a point.
    step: the column of a table that holds the number of steps; absent if x is not a time. The
        x axis says by ``time`` whether it counts epochs or steps.
    nearest: the pointer shows only the nearest curve.
    hold: a curve keeps its value up to the next point.
    along: the pointer shows the nearest point of the curves, at any x.
    tips: of each row of the table ``t``, the lines that the pointer shows in place of numbers; each
        row has a height of its own.
    equal: both axes have the same scale, so that distances are undistorted.
    named: curves have names, their ``end``, at the right.
    beside: the legend stands beside the axes.
    drop: pressing the chart at a point means something, such as a new start.

Keys of ``cells`` charts: see `fineopt.scenes.charts.grad_sums`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..language import say
from .scales import decade, labels, ticks
from .style import MARGIN

__all__ = [
    "Axis", "Chart", "Scene", "area", "dots", "line", "linear_axis", "log_axis", "place", "ridge",
    "table", "time_axis",
]  # fmt: skip

Chart: TypeAlias = dict[str, Any]
Scene: TypeAlias = dict[str, Chart]
Axis: TypeAlias = dict[str, Any]
Mark: TypeAlias = dict[str, Any]

LANES = 0.54  # of the place of 0, that lines at 0 are spread over, below the break
SMALL, LARGE = 1e-30, 1e30  # beyond these, float32 needs another unit
FINE = 1e-3  # spans below this share of the values need another origin
LARGEST32 = float(np.finfo(np.float32).max)


def table(
    x: ArrayLike, *columns: ArrayLike, axis: Axis | None = None, steps: ArrayLike | None = None
) -> NDArray[np.float32]:
    """Return columns as a float32 array of shape (points, columns).

    A finite value stays finite, however large, and infinity stays infinity.

    Args:
        x: the first column.
        columns: further columns, of shape (points,) or (points, columns).
        axis: the linear axis whose ``origin`` and ``unit`` the columns are given in.
        steps: the last column, if any.

    >>> table([0, 1], [2e300, 4e300], axis=linear_axis(0.0, 4e300), steps=[5, 6])
    array([[0., 2., 5.],
           [1., 4., 6.]], dtype=float32)
    """
    ys = [np.asarray(column, float) for column in columns]
    if axis is not None:
        ys = [on_axis(axis, column) for column in ys]
    parts = np.column_stack([x, *ys, *([] if steps is None else [steps])])
    with np.errstate(over="ignore"):
        made = np.ascontiguousarray(parts, dtype=np.float32)
    if not np.isfinite(made).all():
        large = np.isfinite(parts) & ~np.isfinite(made)
        made[large] = np.copysign(LARGEST32, parts[large])
    return made


def linear_axis(low: float, high: float, about: int = 4, label: str = "", **more: Any) -> Axis:
    """Return a linear axis with round ticks.

    Tables, limits and ticks hold ``(value - origin) / unit``: the values themselves, but for
    numbers that float32 cannot hold, or cannot tell apart.

    >>> axis = linear_axis(0, 3)
    >>> axis["ticks"], axis["labels"], axis["origin"], axis["unit"]
    ([0.0, 1.0, 2.0, 3.0], ['0', '1', '2', '3'], 0.0, 1.0)
    >>> axis = linear_axis(1.0, 1.00001, 2)
    >>> axis["low"], axis["labels"], axis["origin"]
    (0.0, ['1', '1.000005', '1.00001'], 1.0)
    """
    return {**_linear(low, high, about), "label": label, **more}


@lru_cache(maxsize=64, typed=True)  # limits change rarely, and the ticks of four axes take 0.2 ms
def _linear(low: float, high: float, about: int) -> Axis:
    span = high - low
    size = max(abs(low), abs(high), span)
    origin, size = (low, span) if span < FINE * size else (0.0, size)
    unit = 1.0 if span > SMALL and size < LARGE else float(f"1e{_power(size)}")
    places = ticks(low, high, about)
    return {
        "scale": "linear",
        "low": (low - origin) / unit,
        "high": (high - origin) / unit,
        "origin": origin,
        "unit": unit,
        "ticks": [(tick - origin) / unit for tick in places],
        "labels": labels(places),
    }


def on_axis(axis: Axis, values: ArrayLike) -> NDArray[np.float64]:
    """Return values as a table holds them, for a linear axis.

    >>> on_axis(linear_axis(0.0, 4e300), [2e300, 0.0])
    array([2., 0.])
    """
    values = np.asarray(values, float)
    if axis["origin"] == 0 and axis["unit"] == 1:  # nearly always
        return values
    with np.errstate(all="ignore"):
        return np.asarray((values - axis["origin"]) / axis["unit"])


def _power(size: float) -> int:
    return max(math.floor(math.log10(size)), -300) if size > 0 else 0


def time_axis(end: float, unit: str) -> Axis:
    """Return the x axis of a run in epochs or in steps, with a margin at both ends."""
    label = say("epoch" if unit == "epoch" else "steps")
    return linear_axis(0.0, end, 5 if end > 3 else 3, label, margin=MARGIN, time=unit)


def log_axis(low: int, high: int, zero: float, above: float = 0.0, below: float = 0.0) -> Axis:
    """Return a log axis from 10^low to 10^high, with a place for 0 below a break.

    Tables hold log10 of the values, and -inf for 0.

    Args:
        low, high: powers of ten.
        zero: the share of its length that belongs to 0 and the break.
        above, below: further room, as shares of the range.

    >>> axis = log_axis(-2, -1, zero=0.25)
    >>> axis["labels"], axis["ticks"]
    (['0', '0.01', '0.02', '0.05', '0.1'], [None, -2.0, -1.69..., -1.30..., -1.0])
    """
    digits = (1, 2, 5) if high - low == 1 else (1, 3) if high - low == 2 else (1,)
    skip = -(-(high - low) // 6)
    marked = [(d, p) for p in range(low, high + 1, skip) for d in digits if d == 1 or p < high]
    return {
        "scale": "log0",
        "low": low - below * (high - low),
        "high": high + above * (high - low),
        "zero": zero,
        "powers": [low, high],
        "ticks": [None, *(p + math.log10(d) for d, p in marked)],  # None is 0: JSON has no -inf
        "labels": ["0", *(decade(d, p) for d, p in marked)],
        "label": "",
    }


def place(axis: Axis, values: ArrayLike, lane: int = 0, lanes: int = 1) -> NDArray[np.float64]:
    """Return where values of a table lie on an axis: 0 at its low end, 1 at its high end.

    Lines that rest at 0 on a log axis lie in lanes, one above the other.

    >>> place({"scale": "linear", "low": 0, "high": 4}, [0, 1, 4])
    array([0.  , 0.25, 1.  ])
    >>> place({"scale": "log0", "low": -2, "high": -1, "zero": 0.2}, [-np.inf, -2, -1])
    array([0.09, 0.2 , 1.  ])
    """
    v = np.asarray(values, float)
    with np.errstate(invalid="ignore"):
        share = (v - axis["low"]) / (axis["high"] - axis["low"])
    if axis["scale"] == "linear":
        return np.asarray(share)
    zero = axis["zero"]
    apart = min(0.04, LANES * zero / max(lanes - 1, 1))
    rest = 0.45 * zero + ((lanes - 1) / 2 - lane) * apart
    return np.asarray(np.where(np.isneginf(v), rest, zero + (1 - zero) * share))


# --- marks -------------------------------------------------------------------------------------


def line(
    column: int, *, group: int | None = None, ink: str = "", tone: float = 0.0, width: float = 1.5,
    dash: int = 0, table: str = "t", **more: Any,
) -> Mark:  # fmt: skip
    """Return a line through one column of a table.

    Args:
        column: of the table.
        group: whose colour it has; grey if None.
        ink: one of ``"ink"``, ``"faint"``, ``"grey"``, instead of a group's colour.
        tone: how much of the background (up to 1) or of the ink (down to -1) is mixed in.
        width: in pixels.
        dash: the index of its dashes.
        table: the name of the table.
        more: ``rows`` (first, last), ``lane`` and ``lanes`` at 0, ``label`` at its start.
    """
    return {
        "draw": "line", "table": table, "column": column, "group": group, "ink": ink, "tone": tone,
        "width": width, "dash": dash, **more,
    }  # fmt: skip


def area(column: int, to: int, *, ink: str, table: str = "t") -> Mark:
    """Return a filled area between two columns of a table."""
    return {"draw": "area", "table": table, "column": column, "to": to, "ink": ink}


def dots(
    table: str, *, group: int | None = None, size: float = 8.0, shape: str = "circle",
    fill: str = "own", **more: Any,
) -> Mark:  # fmt: skip
    """Return a dot for each point of a table (x, y); `fill` is ``"own"`` or ``"ground"``."""
    return {
        "draw": "dots", "table": table, "column": 1, "group": group, "size": size, "shape": shape,
        "fill": fill, **more,
    }  # fmt: skip


def ridge(table: str, *, group: int | None, tone: float, fill: float) -> Mark:
    """Return a closed outline of a table (x, y), filled in a lighter tone."""
    return {
        "draw": "ridge",
        "table": table,
        "column": 1,
        "group": group,
        "tone": tone,
        "fill": fill,
    }


def column(name: int, text: str, *, table: str = "t", **more: Any) -> dict[str, Any]:
    """Return what the pointer says of one column of a table."""
    return {"table": table, "column": name, "text": text, **more}


def key(text: str, *, group: int | None = None, shape: str = "line", **more: Any) -> dict[str, Any]:
    """Return an entry of a legend."""
    return {"text": text, "group": group, "shape": shape, **more}


def thinned(count: int, most: int) -> NDArray[np.int64]:
    """Return the indices of at most about `most` evenly spaced samples, and of the last one.

    >>> thinned(10, 4), thinned(3, 4), thinned(0, 4)
    (array([0, 3, 6, 9]), array([0, 1, 2]), array([], dtype=int64))
    """
    every = max(1, -(-count // most))
    indices = np.arange(0, count, every)
    return np.append(indices, count - 1) if (count - 1) % every else indices


def window(names: Sequence[str], watch: str | None, rows: int) -> slice:
    """Return the slice of many parameters to show, centred on the watched one.

    >>> window("abcdefgh", "f", 4), window("abcdefgh", None, 4), window("ab", "b", 4)
    (slice(3, 7, None), slice(0, 4, None), slice(0, 4, None))
    """
    at = 0 if watch is None else names.index(watch)
    begin = max(0, min(at - rows // 2, len(names) - rows))
    return slice(begin, begin + rows)
