"""The path of one parameter, projected on its two leading principal directions."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from fineopt.wording import one_line

from ...language import say
from ..directions import Plane, plane
from ..lr_changes import LRChange, mark_text
from ..scales import LARGEST, LEAST, mark_interval
from ..scene import Chart, column, dots, key, line, linear_axis, on_axis, table, thinned
from ..summary import Floats, Summary
from ..text import count_elements, count_steps, elide
from ..views import check_parameter

__all__ = ["equal_axes", "path_chart"]

POINTS = 256  # of the path, at most
EXACT = 64  # samples of a short path, whose directions are exact
PARTS = 8  # of the path, each darker than the previous one
WORDED = 3  # the newest changes have text


def path_chart(summary: Summary, name: str, *, marks: bool = True) -> Chart:
    """Return a path with its start and end, a dot per epoch, and a diamond where the lr changed.

    Both axes have the same scale, so that distances are undistorted.
    """
    record = summary.record
    check_parameter(record, name)
    group = record.parameters[name]
    steps, values = record.trajectory_steps, record.trajectory(name)
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        steps, values = steps[: bad[0]], values[: bad[0]]
    values = np.clip(values, -LARGEST, LARGEST)
    drawn = thinned(len(steps), POINTS)
    sized = _settled(len(steps))
    # The directions of nearly all of the path: those of each frame cost 1.5 ms, and would wobble.
    of = name, record.trajectory_steps[1:2].tolist(), sized, len(bad) > 0
    seen = summary.once("plane", of, lambda: plane(values[thinned(sized, POINTS)]))
    seen = seen or plane(values[drawn])
    points = seen.project(values[drawn]) if seen else np.zeros((min(len(steps), 1), 2))
    x, y = equal_axes(points)
    changes = [c for c in summary.lr_changes if c.group == group and seen and marks]
    at = np.minimum(np.searchsorted(steps, [c.at for c in changes]), max(len(steps) - 1, 0))
    places = seen.project(values[at]) if seen and changes else np.empty((0, 2))
    note = ""
    if seen:
        across, up = (float(share) for share in seen.shares)
        note = say("→ {across:.0%} of the variance,  ↑ {up:.0%}", across=across, up=up)
    tables = {
        "t": points,
        "epochs": _epoch_ends(summary, name, seen),
        "changes": places,
        "start": points[:1],
        "end": points[-1:] if seen else points[:0],
    }
    title = say("Path of {name}", name=elide(name, 30))
    if record.started:
        title += count_elements(len(record.kept_indices(name)), math.prod(record.shape(name)))
    hint = say("the path of {name}\nalong its two leading directions", name=elide(name, 24))
    return {
        "kind": "xy",
        "title": title,
        "hint": hint if record.steps == 0 else "" if seen else say("it has not moved"),
        "alt": say(
            "Path of {name} over {steps}. {note}",
            name=one_line(name),
            steps=count_steps(record.steps),
            note=note,
        ),
        "note": note,
        "x": x,
        "y": y,
        "equal": True,
        "verticals": [],
        "words": _words(summary, changes[-WORDED:], places[-WORDED:], x["unit"]),
        "legend": [
            key(say("start"), group=group, shape="circle", fill="ground"),
            key(say("last finite" if len(bad) else "now"), group=group, shape="circle"),
        ],
        "columns": [column(1, "↑", group=group)],
        "along": True,
        "marks": [
            *_parts(len(points), group),
            dots("epochs", group=group, size=3.5),
            dots("changes", group=None, ink="ink", size=6.0, shape="diamond", fill="ground"),
            dots("start", group=None, ink="ink", size=8.0, fill="ground"),
            dots("end", group=group, size=10.0),
        ],
        "tables": {k: table(on_axis(x, v[:, 0]), v[:, 1], axis=y) for k, v in tables.items()},
    }


def _settled(count: int) -> int:
    """Return a count rounded down, if it is large, to its leading four bits, which rarely change.

    >>> [_settled(count) for count in (5, 64, 65, 1000)]
    [5, 64, 64, 960]
    """
    step = count.bit_length() - 4 if count > EXACT else 0
    return count >> step << step


def _parts(count: int, group: int | None) -> list[dict[str, Any]]:
    edges = np.linspace(0, max(count - 1, 0), PARTS + 1).round().astype(int).tolist()
    return [
        line(1, group=group, tone=0.6 * (1 - i / (PARTS - 1)), width=1.8, rows=[first, last + 1])
        for i, (first, last) in enumerate(pairwise(edges))
    ]


def _epoch_ends(summary: Summary, name: str, seen: Plane | None) -> Floats:
    if seen is None or not summary.record.epochs:
        return np.empty((0, 2))
    values = summary.record.epoch_values(name)[1:]
    every = mark_interval(len(values))
    values = values[every - 1 :: every]
    values = np.clip(values[np.isfinite(values).all(axis=1)], -LARGEST, LARGEST)
    return np.asarray(seen.project(values))


def equal_axes(points: Floats) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return round axes around points and the origin, which rarely change as a path grows.

    Ticks go on beyond both ends, since a renderer widens one axis until both have the same scale.
    """
    around = np.r_[points, [[0.0, 0.0]]]
    low, high = around.min(0), around.max(0)
    extent = max(float((high - low).max()), LEAST)
    if not np.any(points):
        low, high, extent = np.array([-1.0, -1.0]), np.array([1.0, 1.0]), 2.0
    step = 2.0 ** math.ceil(math.log2(extent)) / 8
    begin = (np.floor(low / step) - 0.5) * step
    end = (np.ceil(high / step) + 0.5) * step
    span = float((end - begin).max())
    axes = []
    for first, last in zip(begin.tolist(), end.tolist(), strict=True):
        axis = linear_axis(first, last, 4)
        beyond = linear_axis(
            first - span, last + span, max(4, round(4 * (last - first + 2 * span) / span))
        )
        scale = beyond["unit"] / axis["unit"]
        axis |= {"ticks": [t * scale for t in beyond["ticks"]], "labels": beyond["labels"]}
        axes.append(axis)
    unit = max(axis["unit"] for axis in axes)  # one for both
    for axis in axes:
        share = axis["unit"] / unit
        axis |= {"low": axis["low"] * share, "high": axis["high"] * share, "unit": unit}
        axis["ticks"] = [t * share for t in axis["ticks"]]
    return axes[0], axes[1]


def _words(
    summary: Summary, changes: list[LRChange], places: Floats, unit: float
) -> list[dict[str, object]]:
    record = summary.record
    return [
        {
            "x": float(at[0]) / unit,
            "y": float(at[1]) / unit,
            "text": mark_text(record.groups[change.group], change, record.steps_per_epoch),
            "group": change.group,
        }
        for change, at in zip(changes, places, strict=True)
    ]
