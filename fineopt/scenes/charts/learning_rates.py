"""The learning rate of each group, on a log axis with a place for 0 below a break."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fineopt.wording import one_line

from ...language import list_names, say
from ..scene import Chart, column, line, log_axis, table, time_axis
from ..summary import Floats, Summary
from ..text import elide, format_number

__all__ = ["rate_chart"]

ZERO = 0.24  # the share of the axis's height kept for 0 and the break above it
NAMED = 20  # the maximum number of groups with a name at their line


def rate_chart(summary: Summary) -> Chart:
    """Return one line per group; at the place of 0 while the group is frozen."""
    record, envelope = summary.record, summary.steps
    low_lr, high_lr = envelope.low[:, summary.rates], envelope.high[:, summary.rates]
    zero = envelope.low[:, summary.zeros]
    least = float(np.fmin.reduce(low_lr, axis=None, initial=np.inf))
    greatest = float(np.fmax.reduce(high_lr, axis=None, initial=0.0))
    if greatest == 0:  # no steps yet, or all frozen
        least, greatest = 1e-3, 1e-1
    low = math.floor(math.log10(least) + 1e-9)
    high = max(math.ceil(math.log10(greatest) - 1e-9), low + 1)
    shown = _bends(low_lr, high_lr, zero)
    steps = np.stack([envelope.begins, envelope.ends], axis=1)[shown].ravel()
    x = np.stack([summary.edges[:-1], summary.edges[1:]], axis=1)[shown].ravel()
    low_lr, high_lr, zero = low_lr[shown], high_lr[shown], zero[shown]
    first = np.where(np.isnan(low_lr), zero, low_lr)
    last = np.where(np.isnan(high_lr), zero, high_lr)
    rates = np.stack([first, last], axis=1).reshape(len(steps), len(record.groups))
    with np.errstate(divide="ignore"):
        t = table(x, np.log10(rates), steps=steps)
    groups, count = record.groups, len(record.groups)
    now = [f"{name} {format_number(float(v))}" for name, v in zip(groups, rates[-1:].ravel())]  # noqa: B905
    return {
        "kind": "xy",
        "title": say("Learning rate per group"),
        "hint": "" if envelope.seen else _hint(groups),
        "alt": say("Learning rates: {rates}.", rates=list_names(now))
        if now
        else say("No learning rates yet."),
        "x": time_axis(summary.end, summary.unit),
        "y": log_axis(low, high, ZERO, above=0.12, below=0.0224),
        "columns": [column(g + 1, one_line(name), group=g) for g, name in enumerate(groups)],
        "verticals": [],
        "hold": True,
        "step": count + 1,
        "marks": [
            line(
                g + 1,
                group=g,
                # Earlier groups are thicker, so that a line is visible below another.
                width=max(2.8 - 0.4 * g, 1.6),
                dash=g,
                lane=g,
                lanes=count,
                label=elide(name) if g < NAMED else "",
            )
            for g, name in enumerate(groups)
        ],
        "note": say("and {count:,} more", count=count - NAMED) if count > NAMED else "",
        "tables": {"t": t},
    }


def _hint(groups: Sequence[str]) -> str:
    names = list_names(groups, length=30)
    return say("one line per group: {names}\nat 0, its parameters do not change", names=names)


def _bends(low: Floats, high: Floats, zero: Floats) -> NDArray[np.bool_]:
    """Return the buckets in which a line may have a corner, where it is not level."""
    bits = np.concatenate([low, high, zero], axis=1).view(np.int64)  # NaN equals NaN
    same = (bits[1:] == bits[:-1]).all(axis=1)
    bend = np.asarray((low < high).any(axis=1))
    bend[:1] = bend[-1:] = True
    bend[1:-1] |= ~(same[1:] & same[:-1])
    return bend
