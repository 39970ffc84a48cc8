"""Trajectories of parameters: one line for each element, or for 16 of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fineopt.recorder import Record

from ...language import list_names, say
from ..scales import LARGEST, LEAST, outward
from ..scene import Chart, column, key, line, linear_axis, on_axis, table, thinned, time_axis
from ..style import SHADES
from ..summary import Floats, Ints, Summary
from ..text import count_elements, elide, format_number, shorten
from ..views import watched_names
from .verticals import verticals

__all__ = ["limits", "spread", "trajectory_chart"]

POINTS = 256  # of a line, at most
LINES = 16  # at most; more cannot be told apart


def trajectory_chart(
    summary: Summary, names: str | Sequence[str], *, marks: bool = True, worded: bool = False
) -> Chart:
    """Return elements of parameters over the run, in the colour of their group.

    Two or more parameters differ by their dashes, which a legend explains.
    """
    record = summary.record
    names = watched_names(record, names)
    groups = [record.parameters[name] for name in names]
    chosen, lines, columns = summary.once(
        "lines", (*names, record.started), lambda: _lines(record, names, groups)
    )
    steps = record.trajectory_steps
    every = [record.trajectory(n, one) for n, one in zip(names, chosen, strict=True)]
    values = np.concatenate(every, axis=1) if len(every) > 1 else every[0]
    drawn = thinned(len(steps), POINTS)
    low, high = limits(values)
    y = linear_axis(low, high)
    short = shorten(names, 24)
    x = summary.x(steps[drawn])
    t = table(x, values[drawn], axis=y, steps=steps[drawn])
    chart = {
        "kind": "xy",
        "title": _title(record, names),
        "hint": "" if record.steps else _hint(names, groups),
        "alt": say(
            "{count} elements of {names}, on an axis from {low} to {high}.",
            count=values.shape[1],
            names=list_names(names),
            low=format_number(low),
            high=format_number(high),
        ),
        "x": time_axis(summary.end, summary.unit),
        "y": y,
        "verticals": verticals(summary, marks, worded),
        "legend": [key(short[i], group=g, dash=i) for i, g in enumerate(groups)]
        if len(names) > 1
        else [],
        "columns": columns,
        "nearest": True,
        "step": 1 + len(lines),
        "marks": lines,
        "words": [],
        "tables": {"t": t},
    }
    if len(names) == 1:
        chart["words"] = _unchanged(summary, groups[0], steps, values, y)
    return chart


def _lines(record: Record, names: Sequence[str], groups: Sequence[int | None]) -> Any:
    """Return the elements that are drawn of each parameter, and the marks and columns of them."""
    short, most = shorten(names, 24), LINES // len(names)
    every: list[Ints] = []
    lines: list[Any] = []
    columns: list[Any] = []
    for i, (name, group) in enumerate(zip(names, groups, strict=True)):
        kept = record.kept_indices(name) if record.started else np.empty(0, int)
        chosen = spread(len(kept), most)
        every.append(chosen)
        prefix = f"{short[i]} " if len(names) > 1 else ""
        for j, index in enumerate(kept[chosen].tolist()):
            at = 1 + len(lines)
            lines.append(line(at, group=group, tone=SHADES[j % 6], width=1.3, dash=i))
            columns.append(column(at, f"{prefix}[{index}]", group=group, watch=name))
    return every, lines, columns


def _hint(names: Sequence[str], groups: Sequence[int | None]) -> str:
    if len(names) > 1:
        return say("one line per element of {count} parameters", count=len(names))
    return say(
        "one line per element of {name}\n(in no optimizer)"
        if groups[0] is None
        else "one line per element of {name}",
        name=elide(names[0], 24),
    )


def _title(record: Record, names: Sequence[str]) -> str:
    if len(names) > 1:
        return say("Trajectories, up to {count} elements each", count=LINES // len(names))
    (name,) = names
    title = say("Trajectory of {name}", name=elide(name, 30))
    if not record.started:
        return title
    drawn = min(len(record.kept_indices(name)), LINES)
    return title + count_elements(drawn, math.prod(record.shape(name)))


def _unchanged(
    summary: Summary, group: int | None, steps: Ints, values: Floats, y: dict[str, float]
) -> list[dict[str, object]]:
    """Return a text if the group is frozen and no bit of the parameter has changed since."""
    changes = [c for c in summary.lr_changes if c.group == group and not c.optimizer]
    if not changes or changes[-1].new != 0 or summary.record.steps <= changes[-1].last:
        return []
    since = values[np.searchsorted(steps, changes[-1].last) :]
    if len(since) < 2 or not (since == since[0]).all():
        return []
    # Right of the mark only: left of it, the parameter still changed.
    begin = float(summary.x(changes[-1].last)) + 0.015 * summary.end
    middle = _widest_gap(on_axis(y, since[0]), y["low"], y["high"])
    text, least = say("unchanged, bit for bit"), say("unchanged")
    return [{"x": begin, "y": middle, "text": text, "group": group, "least": least}]


def spread(kept: int, most: int) -> Ints:
    """Return the indices of the elements to draw."""
    return np.linspace(0, max(kept - 1, 0), min(kept, most)).round().astype(int)


def limits(values: Floats) -> tuple[float, float]:
    """Return round limits that rarely change as the values spread."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if not -LARGEST <= low <= high <= LARGEST:  # or not a number
        finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if high - low <= max(1e-12 * max(abs(low), abs(high)), LEAST):
        spread = max(abs(low), 1e-2) / 10
        low, high = low - spread, high + spread
    return outward(low, high, 3)


def _widest_gap(values: Floats, low: float, high: float) -> float:
    """Return the middle of the widest gap, where a text hides no line."""
    inside = values[(values >= low) & (values <= high)]
    edges = np.sort(np.concatenate([[low], inside, [high]]))
    widest = int(np.argmax(np.diff(edges)))
    return float(edges[widest] + edges[widest + 1]) / 2
