"""Branches of a run over one another, each from its fork on, told apart by dashes and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fineopt.recorder import Record

from ...language import say
from ..scales import ceiling
from ..scene import Axis, Chart, column, key, line, linear_axis, log_axis, table, time_axis
from ..style import SHADES
from ..summary import Floats, Summary
from ..text import elide, format_number, shorten
from ..views import watched_names
from .learning_rates import ZERO, rate_chart
from .loss import loss_chart
from .trajectory import limits, spread

__all__ = [
    "ELEMENTS",
    "Track",
    "base",
    "compare_chart",
    "epochs_chart",
    "latest",
    "losses_chart",
    "names_of",
    "rates_axis",
    "rates_chart",
]

ELEMENTS = 4  # of a parameter
POINTS = 256  # of a line, at most


class Track(NamedTuple):
    """A branch.

    Args:
        name: of the branch.
        record: of the branch.
        fork: the number of steps that it shares with the branch it is drawn beside.
        dash: the index of its dashes.
    """

    name: str
    record: Record
    fork: int
    dash: int = 0


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
        chosen = spread(rows.shape[1], ELEMENTS)
        shown = latest(steps, track.fork)
        values.append((track.record.epochs_at(steps)[shown], rows[shown][:, chosen]))
        kept = track.record.kept_indices(name) if track.record.started else chosen
        group = track.record.parameters[name]
        for j, index in enumerate(kept[chosen].tolist()):
            lines.append(_line(i, track, j + 1, group=group, tone=SHADES[j % len(SHADES)]))
            columns.append(column(j + 1, f"{track.name} [{index}]", group=group, table=f"b{i}"))
    every = np.concatenate([rows.ravel() for _, rows in values])
    low, high = limits(every)
    y = linear_axis(low, high)
    tables = {f"b{i}": table(x, rows, axis=y) for i, (x, rows) in enumerate(values)}
    return {
        **base(tracks, say("Compare {name}", name=elide(name, 30)), y, named),
        "hint": ""
        if record.steps
        else say("elements of {name}, one dash per branch", name=elide(name, 24)),
        "alt": say(
            "Elements of {name} on {branches}, from {low} to {high}.",
            name=name,
            branches=names_of(tracks),
            low=format_number(low),
            high=format_number(high),
        ),
        "columns": columns,
        "marks": lines,
        "tables": tables,
        "nearest": True,
    }


def losses_chart(tracks: Sequence[Track]) -> Chart:
    """Return the running mean of the loss on each branch."""
    charts = [loss_chart(Summary(track.record), marks=False) for track in tracks]
    ends = [[_value(c["y"], c["y"][end]) for end in ("low", "high")] for c in charts]
    y = linear_axis(min(low for low, _ in ends), max(high for _, high in ends))
    tables = {}
    for i, (track, chart) in enumerate(zip(tracks, charts, strict=True)):
        t, at = chart["tables"]["t"], chart["step"]
        t = t[latest(t[:, at], track.fork)]
        mean = _value(chart["y"], t[:, at - 1].astype(float))
        tables[f"b{i}"] = table(t[:, 0], mean, axis=y)
    own = base(tracks, say("Loss, running mean"), y, True)
    return {
        **own,
        "verticals": [{**fork, "text": ""} for fork in own["verticals"]],  # its legend is there
        "hint": "" if tracks[0].record.steps else say("the running mean of each branch"),
        "alt": say("Loss of {branches}.", branches=names_of(tracks)),
        "columns": [column(1, track.name, table=f"b{i}") for i, track in enumerate(tracks)],
        "marks": [_line(i, track, 1, ink="ink", width=1.8) for i, track in enumerate(tracks)],
        "tables": tables,
    }


def _value(axis: dict[str, Any], place: Any) -> Any:
    """Return what a number of a table on a linear axis stands for."""
    return place * axis["unit"] + axis["origin"]


def rates_axis(axes: Sequence[Axis]) -> Axis:
    """Return the axis of learning rates that covers several."""
    lows, highs = zip(*(axis["powers"] for axis in axes), strict=True)
    return log_axis(min(lows), max(highs), ZERO, 0.12, 0.0224)


def rates_chart(tracks: Sequence[Track]) -> Chart:
    """Return the learning rate of each group on each branch."""
    charts = [rate_chart(Summary(track.record)) for track in tracks]
    known = [c["y"] for c, track in zip(charts, tracks, strict=True) if track.record.steps]
    tables, lines, columns = {}, [], []
    for i, (track, chart) in enumerate(zip(tracks, charts, strict=True)):
        t, groups = chart["tables"]["t"], track.record.groups
        own = np.ascontiguousarray(t[latest(t[:, -1], track.fork)])
        if len(own):  # a rate holds until the next
            own[0, 0] = max(float(own[0, 0]), float(track.record.epochs_at(track.fork)))
        tables[f"b{i}"] = own
        for g, name in enumerate(groups):
            label = elide(name) if i == 0 else ""
            lines.append(_line(i, track, g + 1, group=g, lane=g, lanes=len(groups), label=label))
            columns.append(column(g + 1, f"{track.name} {name}", group=g, table=f"b{i}"))
    common = base(tracks, say("Learning rate per group"), rates_axis(known or [charts[0]["y"]]))
    return {
        **common,
        "verticals": [
            {**fork, "text": say("fork")} for fork in common["verticals"]
        ],  # where there is room
        "hint": charts[0]["hint"],
        "alt": say("Learning rates of {branches}.", branches=names_of(tracks)),
        "hold": True,
        "columns": columns,
        "marks": lines,
        "tables": tables,
    }


def epochs_chart(tracks: Sequence[Track]) -> Chart:
    """Return the accuracy after each epoch, or its mean loss where nothing was tested."""
    tested = any(a is not None for track in tracks for a in track.record.epoch_accuracy)
    tables, values = {}, []
    for i, track in enumerate(tracks):
        record = track.record
        rows = np.array(record.epoch_accuracy if tested else record.epoch_loss, float)
        ends = np.asarray(record.epoch_ends)
        shown = latest(ends, track.fork) if len(ends) else slice(0)
        tables[f"b{i}"] = (np.arange(1.0, len(rows) + 1)[shown], rows[shown])
        values.append(rows[np.isfinite(rows)])
    every = np.concatenate(values)
    if tested:
        least = float(every.min(initial=1.0))
        y = linear_axis(math.floor(10 * least) / 10 if least < 1 else 0.0, 1.0)
    else:
        y = linear_axis(min(float(every.min(initial=0.0)), 0.0), ceiling(_top(every)))
    return {
        **base(tracks, say("Accuracy of each epoch" if tested else "Mean loss of each epoch"), y),
        "hint": "" if tracks[0].record.epochs else say("a point at the end of each epoch"),
        "alt": say(
            "Accuracy after each epoch of {branches}."
            if tested
            else "Mean loss after each epoch of {branches}.",
            branches=names_of(tracks),
        ),
        "columns": [column(1, track.name, table=f"b{i}") for i, track in enumerate(tracks)],
        "marks": [_line(i, track, 1, ink="ink", width=1.8) for i, track in enumerate(tracks)],
        "tables": {name: table(x, rows, axis=y) for name, (x, rows) in tables.items()},
    }


def _top(values: Floats) -> float:
    top = float(values.max(initial=0.0))
    return min(top, 1e300) if top > 0 else 1.0


def base(tracks: Sequence[Track], title: str, y: Axis, named: bool = False) -> Chart:
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
        "legend": [
            key(name, ink="ink", dash=track.dash) for name, track in zip(short, tracks, strict=True)
        ]
        if named
        else [],
    }


def _line(i: int, track: Track, at: int, **style: Any) -> dict[str, Any]:
    return line(at, table=f"b{i}", dash=track.dash, **style)


def latest(steps: Any, fork: int) -> Any:
    """Return the rows from a fork on, with the last one before it, from which lines begin.

    At most so many, evenly spaced, as a line shows.
    """
    steps = np.asarray(steps)
    first = int(np.searchsorted(steps, fork, side="right")) - 1 if fork else 0
    first = max(first, 0)
    count = len(steps) - first
    every = max(1, -(-count // POINTS))
    return np.unique(np.r_[first : len(steps) : every, max(len(steps) - 1, 0)])[: max(count, 0)]


def names_of(tracks: Sequence[Track]) -> str:
    """Return the names of branches in a sentence."""
    return say(", ").join(track.name for track in tracks)
