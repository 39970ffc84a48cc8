"""Histograms of a parameter or of its gradient, as one ridge per epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fineopt.recorder import Histogram
from fineopt.wording import one_line

from ...language import say
from ..scales import LEAST, ticks
from ..scene import Chart, linear_axis, on_axis, ridge, table
from ..summary import Floats, Summary
from ..text import elide
from ..views import check_parameter

__all__ = ["chosen", "histogram_chart", "limits", "outline"]

RIDGES = 6  # at most
OVERLAP = 1.7  # the height of a ridge in rows
WIDEST = 4e307  # the maximum end of a ridge, so that a slightly wider axis still has a finite span


def histogram_chart(summary: Summary, name: str, *, gradients: bool = False) -> Chart:
    """Return ridges from the start, at the top, to the newest epoch, in front.

    Each is scaled by itself.

    Args:
        summary: the summary of the record.
        name: the name of the parameter.
        gradients: whether to show the gradient of each epoch's last batch instead of the values.
    """
    record = summary.record
    check_parameter(record, name)
    kept = chosen(record.histograms(name, gradients=gradients)) if record.started else []
    low, high = limits([outline(one)[0] for one in kept if one.limit > LEAST])
    several = len(kept) > 1
    label = say("by epoch; each ridge scaled to its maximum") if several else ""
    x = linear_axis(low, high, 3, label)
    fades = np.linspace(0.55, 0.0, len(kept)) if several else np.zeros(len(kept))
    tables, marks = {}, []
    for row, (one, fade) in enumerate(zip(kept, fades.tolist(), strict=True)):
        places, heights = outline(one, (high - low) / 200)
        tables[f"r{row}"] = table(on_axis(x, places), OVERLAP * heights - row)
        marks.append(
            ridge(f"r{row}", group=record.parameters[name], tone=fade, fill=0.75 + 0.2 * fade)
        )
    rows = max(len(kept), 1)
    names = [say("start") if one.epoch == 0 else f"{one.epoch}" for one in kept]
    if not record.steps:  # arrays outside a run
        names = [""] * len(names)
    size = math.prod(record.shape(name)) if record.started else 0
    count = f" ({size:,})" if size else ""
    what = say("Gradient of {name}" if gradients else "Values of {name}", name=elide(name, 30))
    none = record.started and gradients
    hint = say("no gradient yet" if none else "a histogram of its elements")
    return {
        "kind": "xy",
        "title": f"{what}{count}",
        "hint": "" if kept else hint,
        "alt": say(
            "Gradient of {name}: histograms of {count} epochs."
            if gradients
            else "Values of {name}: histograms of {count} epochs.",
            name=one_line(name),
            count=len(kept),
        ),
        "x": x,
        "y": {
            "scale": "linear",
            "low": 0.75 - rows,
            "high": OVERLAP + 0.1,
            "origin": 0.0,
            "unit": 1.0,
            "ticks": [-float(row) for row in range(len(names))],
            "labels": names,
            "label": "",
            "bare": True,
        },
        "verticals": [],
        "columns": [],
        "marks": marks,
        "tables": tables,
    }


def chosen(kept: Sequence[Histogram]) -> list[Histogram]:
    """Return the first, the newest, and some in between, at evenly spaced epochs."""
    if len(kept) <= RIDGES:
        return list(kept)
    every = 2 ** math.ceil(math.log2((kept[-1].epoch - kept[0].epoch) / (RIDGES - 1)))
    between = [one for one in kept[1:-1] if one.epoch % every == 0]
    return [kept[0], *between[: RIDGES - 2], kept[-1]]


def outline(kept: Histogram, sliver: float = 0.0) -> tuple[Floats, Floats]:
    """Return the outline (x, y) of a histogram, scaled to a height of 1.

    Bins are merged until they hold enough values. For zeros only, or numbers too small for an
    axis, it is a sliver around 0.

    >>> x, y = outline(Histogram.of(np.linspace(-1, 1, 1001)))
    >>> float(x.min()) <= -1, float(y.max())
    (True, 1.0)
    """
    if kept.limit <= LEAST:
        return np.array([-sliver, -sliver, sliver, sliver]), np.array([0.0, 1.0, 1.0, 0.0])
    counts, edges = kept.counts, np.clip(kept.edges, -WIDEST, WIDEST)
    inside = np.count_nonzero(counts)
    # Bins are merged in pairs while each holds few values.
    while len(counts) > 8 and inside and counts.sum() < 4 * inside:
        counts, edges = counts.reshape(-1, 2).sum(axis=1), edges[::2]
        inside = np.count_nonzero(counts)
    there = np.flatnonzero(counts)
    counts = counts[there[0] : there[-1] + 1] if len(there) else counts[:0]
    edges = edges[there[0] : there[-1] + 2] if len(there) else edges[:1]
    heights = counts / max(int(counts.max(initial=0)), 1)
    return np.repeat(edges, 2), np.r_[0.0, np.repeat(heights, 2), 0.0]


def limits(edges: Sequence[Floats]) -> tuple[float, float]:
    """Return round limits that include all edges and 0."""
    ends = np.concatenate([[0.0], *edges])
    low, high = float(ends.min()), float(ends.max())
    if low == high:
        return -1.0, 1.0
    places = ticks(low, high, 6)
    step = places[1] - places[0] if len(places) > 1 else high - low
    return (math.floor(low / step) - 0.5) * step, (math.ceil(high / step) + 0.5) * step
