"""Histograms of a parameter or of its gradient, as one ridge per epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from fineopt.recorder import Histogram

from ...scenes.scales import LEAST, labels, ticks
from ...scenes.style import GREY, SIZE, colour, shade
from ...scenes.summary import Floats, Summary
from ...scenes.text import elide
from ...scenes.views import check_parameter
from ..rendering.axes import set_ticks, title
from .chart import CURVES, Chart, Key

RIDGES = 6  # at most
OVERLAP = 1.7  # the height of a ridge in rows
WIDEST = 4e307  # the maximum end of a ridge, so that a slightly wider axis still has a finite span


class HistogramChart(Chart):
    """Ridges from the start, at the top, to the newest epoch, in front; each scaled by itself.

    Args:
        axes: the axes; its y axis shows the epochs.
        summary: the summary of the record.
        name: the name of the parameter.
        gradients: whether to show the gradient of each epoch's last batch instead of the values.
    """

    def __init__(self, axes: Axes, summary: Summary, name: str, gradients: bool = False) -> None:
        super().__init__(axes, summary)
        check_parameter(summary.record, name)
        self.name, self.gradients = name, gradients
        self.tone = colour(summary.record.parameters[name])
        self.ridges = PolyCollection([], zorder=CURVES, linewidths=1.1)
        axes.add_collection(self.ridges, autolim=False)
        self.slow.append(self.ridges)
        self._seen: int | None = None
        self._keys: tuple[Key, Key] = ((), ())

    def _move(self) -> tuple[Key, Key]:
        seen = self.summary.record.epochs if self.summary.record.started else -1
        if seen != self._seen:
            self._seen = seen
            self._keys = self._place(), (seen,)
        return self._keys

    def _place(self) -> Key:
        record = self.summary.record
        self.shown = chosen(record.histograms(self.name, gradients=self.gradients))
        self.limits = _limits([outline(kept)[0] for kept in self.shown if kept.limit > LEAST])
        self.size = math.prod(record.shape(self.name)) if record.started else 0
        sliver = (self.limits[1] - self.limits[0]) / 200
        outlines = [outline(kept, sliver) for kept in self.shown]
        shapes = [np.column_stack([x, row - OVERLAP * y]) for row, (x, y) in enumerate(outlines)]
        self.ridges.set_verts(shapes)
        fade = np.linspace(0.55, 0.0, len(shapes)) if len(shapes) > 1 else np.zeros(len(shapes))
        edges: Any = [shade(self.tone, amount) for amount in fade]
        faces: Any = [shade(self.tone, 0.75 + 0.2 * amount) for amount in fade]
        self.ridges.set_edgecolor(edges)
        self.ridges.set_facecolor(faces)
        return (tuple(kept.epoch for kept in self.shown), self.size, *self.limits)

    def _x_key(self) -> Key:
        return ()

    def _settle(self) -> None:
        self.axes.set_xlim(*self.limits)
        places = ticks(*self.limits, 3)
        set_ticks(self.axes, "x", places, labels(places))
        rows = max(len(self.shown), 1)
        self.axes.set_ylim(rows - 0.75, -OVERLAP - 0.1)
        names = ["start" if kept.epoch == 0 else f"{kept.epoch}" for kept in self.shown]
        if not self.summary.record.steps:  # arrays outside a run
            names = [""] * len(names)
        set_ticks(self.axes, "y", range(len(names)), names)
        self.axes.tick_params(axis="y", length=0)
        self.axes.spines["left"].set_visible(False)
        what = "Gradient of " if self.gradients else "Values of "
        count = f" ({self.size:,})" if self.size else ""
        room = int(self.width() / 7.8) - len(what + count)
        title(self.axes, what + elide(self.name, max(room, 12)) + count)
        under = "by epoch; each ridge scaled to its maximum" if len(names) > 1 else ""
        self.axes.set_xlabel(under, fontsize=SIZE, labelpad=2, color=GREY)
        began = self.summary.record.started
        hint = "no gradient yet" if began and self.gradients else "a histogram of its elements"
        self.hint.set_text("" if self.shown else hint)


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


def _limits(edges: Sequence[Floats]) -> tuple[float, float]:
    """Return round limits that include all edges and 0."""
    ends = np.concatenate([[0.0], *edges])
    low, high = float(ends.min()), float(ends.max())
    if low == high:
        return -1.0, 1.0
    places = ticks(low, high, 6)
    step = places[1] - places[0] if len(places) > 1 else high - low
    return (math.floor(low / step) - 0.5) * step, (math.ceil(high / step) + 0.5) * step
