"""Update ratios: the norm of an update over the norm of its parameter, on a log axis.

Ratios vary from step to step, so each line is a running median.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fineopt.wording import one_line

from ...language import say
from ..scene import Chart, column, line, log_axis, table, thinned, time_axis, window
from ..summary import Floats, Ints, Summary
from ..text import count_steps, elide, shorten
from ..views import check_parameter
from .verticals import verticals

__all__ = ["ratio_chart"]

ZERO = 0.16  # the share of the axis's height kept for 0 and the break above it
WINDOW = 9  # measured steps in the running median
POINTS = 128  # of a line, at most
ROWS = 16  # parameters at most
NAME = 18  # characters of a name
TONES = (0.0, -0.35, 0.4, -0.6, 0.2)


def ratio_chart(
    summary: Summary, watch: str | None = None, *, marks: bool = True, named: bool = True
) -> Chart:
    """Return one line per parameter; faint unless it is the watched one.

    Args:
        summary: the summary of the record.
        watch: the parameter to emphasize, if any.
        marks: whether to mark changes of a learning rate.
        named: whether lines have names at their ends.
    """
    record = summary.record
    if watch is not None:
        check_parameter(record, watch)
    every = list(record.parameters)
    names = every[window(every, watch, ROWS)]
    groups = [record.parameters[name] for name in names]
    steps = record.update_steps
    ratios = record.update_ratios(names)
    points = thinned(len(steps), POINTS)
    drawn = _smooth(summary, groups, np.where(ratios > 0, ratios, np.nan), points)
    known = drawn[np.isfinite(drawn)]
    least, greatest = (known.min(), known.max()) if known.size else (1e-4, 1e-2)
    low = math.floor(math.log10(least) + 1e-9)
    high = max(math.ceil(math.log10(greatest) - 1e-9), low + 1)
    with np.errstate(all="ignore"):
        heights = np.where(ratios[:, points] == 0, -np.inf, np.log10(drawn))
    t = table(summary.x(steps[points]), heights.T, steps=steps[points])
    order = sorted(range(len(names)), key=lambda i: names[i] == watch)
    short = shorten(names, NAME)
    title = say(
        "Update ratio of {name}"
        if watch
        else "Update ratio: ‖update‖ / ‖parameter‖"
        if len(names) == len(every)
        else "Update ratio: ‖update‖ / ‖parameter‖, {shown} of {total} parameters",
        name=elide(watch or "", 30),
        shown=len(names),
        total=len(every),
    )
    return {
        "kind": "xy",
        "title": title,
        "hint": ""
        if len(steps)
        else say("the norm of each update\nover the norm of its parameter"),
        "alt": say(
            "Update ratios of {count} parameters at {steps}.",
            count=len(names),
            steps=count_steps(len(steps)),
        ),
        "x": time_axis(summary.end, summary.unit),
        "y": log_axis(low, high, ZERO),
        "verticals": verticals(summary, marks, named),
        "columns": [
            column(i + 1, one_line(name), group=groups[i], watch=name)
            for i, name in enumerate(names)
        ],
        "nearest": True,
        "named": named,
        "step": len(names) + 1,
        "marks": [
            _line(names, groups, i, watch, {"end": short[i]} if named else {}) for i in order
        ],
        "tables": {"t": t},
    }


def _line(
    names: Sequence[str],
    groups: Sequence[int | None],
    i: int,
    watch: str | None,
    more: dict[str, str],
) -> dict[str, object]:
    group, name = groups[i], names[i]
    before = sum(other == group for other in groups[:i])
    behind = watch is not None and name != watch
    return line(
        i + 1,
        group=group,
        tone=0.7 if behind else TONES[before % 5] * (not watch),
        width=1.0 if behind else 2.2 if name == watch else 1.5,
        dash=0 if behind or group is None else group,
        lane=i,
        lanes=len(names),
        **more,
    )


def _smooth(summary: Summary, groups: Sequence[int | None], ratios: Floats, points: Ints) -> Floats:
    """Return running medians at some points, restarted at each change of an lr."""
    smooth = np.empty((len(ratios), len(points)))
    for group in set(groups):
        ends = [change.last for change in summary.lr_changes if change.group == group]
        cuts = np.searchsorted(summary.record.update_steps, ends, side="right")
        rows = [i for i, other in enumerate(groups) if other == group]
        smooth[rows] = _running_median(ratios[rows], points, np.unique(cuts))
    return smooth


def _running_median(values: Floats, points: Ints, cuts: Ints) -> Floats:
    """Return medians of rows at some points, each of up to 9 values around it, between cuts.

    NaN is ignored, and the median at a NaN is NaN.
    """
    if not len(points):
        return np.empty((len(values), 0))
    part = np.searchsorted(cuts, points, side="right")
    begins = np.r_[0, cuts][part][:, None]
    ends = np.r_[cuts, values.shape[1]][part][:, None]
    near_points = points[:, None] + np.arange(WINDOW) - WINDOW // 2
    inside = (begins <= near_points) & (near_points < ends)
    near = np.where(inside, values[:, np.where(inside, near_points, 0)], np.nan)
    ordered = np.sort(near, axis=2)
    count = np.isfinite(ordered).sum(axis=2, keepdims=True)  # NaN is sorted last
    two = np.concatenate([np.maximum(count - 1, 0) // 2, count // 2], axis=2)
    middle = np.take_along_axis(ordered, two, axis=2).mean(axis=2)
    return np.where(np.isnan(values[:, points]), np.nan, middle)
