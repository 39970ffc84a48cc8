"""The loss of each step, faint, and its running mean."""

from __future__ import annotations

import numpy as np

from ...language import say
from ..scales import LARGEST, LEAST, ceiling
from ..scene import Chart, area, column, key, line, linear_axis, table, time_axis
from ..summary import LOSS, Summary
from ..text import count_steps, format_number
from .verticals import verticals

__all__ = ["loss_chart"]

WINDOW = 16  # steps in the running mean, or those of 8 buckets if these are more
BEYOND = 8  # the axis ends at this multiple of the largest loss of the opening steps


def loss_chart(summary: Summary, *, marks: bool = True) -> Chart:
    """Return the loss of each step, or its envelope; its running mean; and where an lr changed."""
    envelope = summary.steps
    low, high = envelope.low[:, LOSS], envelope.high[:, LOSS]
    mean = envelope.running_mean(max(8, WINDOW // envelope.size), LOSS)
    lowest = float(np.fmin.reduce(low, initial=0.0))
    highest = float(np.fmax.reduce(high, initial=0.0))
    beyond = min(BEYOND * summary.usual, LARGEST) or LARGEST
    top, bottom = (_end(min(side, beyond)) for side in (highest, -lowest))
    y = linear_axis(-bottom, top or (0.0 if bottom else 1.0))
    single = envelope.size == 1
    raw = (low,) if single else (low, high)
    ends = envelope.ends
    t = table(summary.edges[1:], *raw, mean, axis=y, steps=ends)
    at = len(raw) + 1
    names = [say("loss")] if single else [say("least loss"), say("greatest loss")]
    now = format_number(float(mean[-1])) if len(mean) else ""
    return {
        "kind": "xy",
        "title": say("Loss"),
        "hint": "" if envelope.seen else say("the loss of each step, and its running mean"),
        "alt": say(
            "Loss of {steps}, now {loss} on average." if now else "Loss of {steps}.",
            steps=count_steps(envelope.seen),
            loss=now,
        ),
        "alert": _alert(summary, max(highest, -lowest), beyond),
        "x": time_axis(summary.end, summary.unit),
        "y": y,
        "verticals": verticals(summary, marks),
        "legend": [key(say("each step"), ink="faint"), key(say("running mean"), ink="ink")],
        "columns": [column(i + 1, text) for i, text in enumerate([*names, say("running mean")])],
        "step": at + 1,
        "marks": [
            line(1, ink="faint", width=1.0) if single else area(1, 2, ink="faint"),
            line(at, ink="ink", width=2.0),
        ],
        "tables": {"t": t},
    }


def _alert(summary: Summary, largest: float, beyond: float) -> str:
    if summary.broken:
        step, value = summary.broken
        shown = "NaN" if np.isnan(value) else format_number(value)
        return say("loss {value} at step {step:,}", value=shown, step=step)
    if largest <= beyond:
        return ""
    return say("up to {largest}, beyond the axis", largest=format_number(largest))


def _end(loss: float) -> float:
    """Return the end of an axis that includes a loss; 0 if it is not positive."""
    return ceiling(max(loss, LEAST)) if loss > 0 else 0.0
