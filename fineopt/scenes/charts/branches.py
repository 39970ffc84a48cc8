"""Branches of a run over one another, each from its fork on, told apart by dashes and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fineopt.recorder import Record

from ...language import say
from ..scales import ceiling
from ..scene import Chart, Scene, column, key, line, linear_axis, log_axis, table, time_axis
from ..style import DASHES, SHADES
from ..summary import Floats, Summary
from ..text import elide, format_number, shorten
from ..views import watched_names
from .learning_rates import ZERO, rate_chart
from .loss import loss_chart
from .trajectory import _limits, _spread

__all__ = ["Track", "branches_scene", "compare_chart"]

ELEMENTS = 4  # of a parameter
POINTS = 256  # of a line, at most


class Track(NamedTuple):
    """A branch: its name, its record, and the number of steps that it shares with its parent."""

    name: str
    record: Record
    fork: int


def branches_scene(tracks: Sequence[Track], watch: str) -> Scene:
    """Return the loss, the learning rates, a parameter, and how good each epoch was.

    Args:
        tracks: the branches; the first one is drawn from its start.
        watch: the parameter to show.

    >>> scene = branches_scene([Track("main", Record({"w": 0}, ["all"]), 0)], "w")
    >>> [chart["title"] for chart in scene.values()]
    ['Loss, running mean', 'Learning rate per group', 'Compare w', 'Mean loss of each epoch']
    """
    return {
        "loss": _losses(tracks),
        "rate": _rates(tracks),
        "watched": compare_chart(tracks, watch, named=False),
        "epochs": _epochs(tracks),
    }


def compare_chart(tracks: Sequence[Track], name: str, *, named: bool = True) -> Chart:
    """Return elements of a parameter, in the colour of its group, with the dashes of each branch.

    Args:
        tracks: the branches.
        name: of the parameter.
        named: whether a legend names the branches.

    Raises:
        KeyError: if the parameter is unknown.
    """
    for track in tracks:
        watched_names(track.record, name)
    record = tracks[0].record
    tables, lines, columns, values = {}, [], [], []
    for i, track in enumerate(tracks):
        steps = track.record.trajectory_steps
        rows = track.record.trajectory(name)
        chosen = _spread(rows.shape[1], ELEMENTS)
        shown = _from(steps, track.fork)
        values.append((track.record.epochs_at(steps)[shown], rows[shown][:, chosen]))
        kept = track.record.kept_indices(name) if track.record.started else chosen
        group = track.record.parameters[name]
        for j, index in enumerate(kept[chosen].tolist()):
            lines.append(_line(i, j + 1, group=group, tone=SHADES[j % len(SHADES)]))
            columns.append(column(j + 1, f"{track.name} [{index}]", group=group, table=f"b{i}"))
    every = np.concatenate([rows.ravel() for _, rows in values])
    low, high = _limits(every)
    y = linear_axis(low, high)
    tables = {f"b{i}": table(x, rows, axis=y) for i, (x, rows) in enumerate(values)}
    return {
        **_base(tracks, say("Compare {name}", name=elide(name, 30)), y, named),
        "hint": ""
        if record.steps
        else say("elements of {name}, one dash per branch", name=elide(name, 24)),
        "alt": say(
            "Elements of {name} on {branches}, from {low} to {high}.",
            name=name,
            branches=_names(tracks),
            low=format_number(low),
            high=format_number(high),
        ),
        "columns": columns,
        "marks": lines,
        "tables": tables,
        "nearest": True,
    }


def _losses(tracks: Sequence[Track]) -> Chart:
    charts = [loss_chart(Summary(track.record), marks=False) for track in tracks]
    ends = [[_value(c["y"], c["y"][end]) for end in ("low", "high")] for c in charts]
    y = linear_axis(min(low for low, _ in ends), max(high for _, high in ends))
    tables = {}
    for i, (track, chart) in enumerate(zip(tracks, charts, strict=True)):
        t, at = chart["tables"]["t"], chart["step"]
        t = t[_from(t[:, at], track.fork)]
        mean = _value(chart["y"], t[:, at - 1].astype(float))
        tables[f"b{i}"] = table(t[:, 0], mean, axis=y)
    return {
        **_base(tracks, say("Loss, running mean"), y, True),
        "hint": "" if tracks[0].record.steps else say("the running mean of each branch"),
        "alt": say("Loss of {branches}.", branches=_names(tracks)),
        "columns": [column(1, track.name, table=f"b{i}") for i, track in enumerate(tracks)],
        "marks": [_line(i, 1, ink="ink", width=1.8) for i in range(len(tracks))],
        "tables": tables,
    }


def _value(axis: dict[str, Any], place: Any) -> Any:
    """Return what a number of a table on a linear axis stands for."""
    return place * axis["unit"] + axis["origin"]


def _rates(tracks: Sequence[Track]) -> Chart:
    charts = [rate_chart(Summary(track.record)) for track in tracks]
    every = np.concatenate([chart["tables"]["t"][:, 1:-1].ravel() for chart in charts])
    finite = every[np.isfinite(every)]
    low = math.floor(finite.min() + 1e-6) if finite.size else -3
    high = max(math.ceil(finite.max() - 1e-6), low + 1) if finite.size else -1
    tables, lines, columns = {}, [], []
    for i, (track, chart) in enumerate(zip(tracks, charts, strict=True)):
        t, groups = chart["tables"]["t"], track.record.groups
        tables[f"b{i}"] = np.ascontiguousarray(t[_from(t[:, -1], track.fork)])
        for g, name in enumerate(groups):
            label = elide(name) if i == 0 else ""
            lines.append(_line(i, g + 1, group=g, lane=g, lanes=len(groups), label=label))
            columns.append(column(g + 1, f"{track.name} {name}", group=g, table=f"b{i}"))
    return {
        **_base(tracks, say("Learning rate per group"), log_axis(low, high, ZERO, 0.12, 0.0224)),
        "hint": charts[0]["hint"],
        "alt": say("Learning rates of {branches}.", branches=_names(tracks)),
        "hold": True,
        "columns": columns,
        "marks": lines,
        "tables": tables,
    }


def _epochs(tracks: Sequence[Track]) -> Chart:
    """Return the accuracy after each epoch, or its mean loss where nothing was tested."""
    tested = any(a is not None for track in tracks for a in track.record.epoch_accuracy)
    tables, values = {}, []
    for i, track in enumerate(tracks):
        record = track.record
        rows = np.array(record.epoch_accuracy if tested else record.epoch_loss, float)
        ends = np.asarray(record.epoch_ends)
        shown = _from(ends, track.fork) if len(ends) else slice(0)
        tables[f"b{i}"] = (np.arange(1.0, len(rows) + 1)[shown], rows[shown])
        values.append(rows[np.isfinite(rows)])
    every = np.concatenate(values)
    if tested:
        least = float(every.min(initial=1.0))
        y = linear_axis(math.floor(10 * least) / 10 if least < 1 else 0.0, 1.0)
    else:
        y = linear_axis(min(float(every.min(initial=0.0)), 0.0), ceiling(_top(every)))
    return {
        **_base(tracks, say("Accuracy of each epoch" if tested else "Mean loss of each epoch"), y),
        "hint": "" if tracks[0].record.epochs else say("a point at the end of each epoch"),
        "alt": say(
            "Accuracy after each epoch of {branches}."
            if tested
            else "Mean loss after each epoch of {branches}.",
            branches=_names(tracks),
        ),
        "columns": [column(1, track.name, table=f"b{i}") for i, track in enumerate(tracks)],
        "marks": [_line(i, 1, ink="ink", width=1.8) for i in range(len(tracks))],
        "tables": {name: table(x, rows, axis=y) for name, (x, rows) in tables.items()},
    }


def _top(values: Floats) -> float:
    top = float(values.max(initial=0.0))
    return min(top, 1e300) if top > 0 else 1.0


def _base(tracks: Sequence[Track], title: str, y: dict[str, Any], named: bool = False) -> Chart:
    """Return what the charts have in common: the time, the forks and, in one, the branches' names.

    A single branch needs no name.
    """
    named = named and len(tracks) > 1
    summaries = [Summary(track.record) for track in tracks]
    longest = max(summaries, key=lambda summary: summary.end)
    short = shorten([track.name for track in tracks], 24)
    forks = [
        {
            "x": float(track.record.epochs_at(track.fork)),
            "group": None,
            "text": say("fork") if named else "",
        }
        for track in tracks[1:]
        if track.fork
    ]
    return {
        "kind": "xy",
        "title": title,
        "x": time_axis(longest.end, longest.unit),
        "y": y,
        "verticals": forks,
        "legend": [key(name, ink="ink", dash=i % len(DASHES)) for i, name in enumerate(short)]
        if named
        else [],
    }


def _line(i: int, at: int, **style: Any) -> dict[str, Any]:
    return line(at, table=f"b{i}", dash=i % len(DASHES), **style)


def _from(steps: Any, fork: int) -> Any:
    """Return the rows from a fork on, with the last one before it, from which lines begin.

    At most so many, evenly spaced, as a line shows.
    """
    steps = np.asarray(steps)
    first = int(np.searchsorted(steps, fork, side="right")) - 1 if fork else 0
    first = max(first, 0)
    count = len(steps) - first
    every = max(1, -(-count // POINTS))
    return np.unique(np.r_[first : len(steps) : every, max(len(steps) - 1, 0)])[: max(count, 0)]


def _names(tracks: Sequence[Track]) -> str:
    return say(", ").join(track.name for track in tracks)
