"""A parameter on several branches in views other than lines: path, update ratio, histogram."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..directions import plane
from ..scales import LARGEST, LEAST
from ..scene import Chart, column, dots, line, linear_axis, log_axis, on_axis, ridge, table
from ..style import SHADES
from ..summary import Summary
from ..text import elide, shorten
from .branches import Track, base, latest, names_of
from .histogram import OVERLAP, outline
from .histogram import limits as limits_around
from .path import equal_axes
from .update_ratios import ZERO, ratio_chart

__all__ = ["histograms_chart", "paths_chart", "ratios_chart"]


def ratios_chart(tracks: Sequence[Track], name: str) -> Chart:
    """Return the update ratio of a parameter on each branch, on a log axis."""
    summaries = [Summary(track.record) for track in tracks]
    charts = [ratio_chart(summary, name, marks=False, named=False) for summary in summaries]
    group = tracks[0].record.parameters[name]
    lows, highs = zip(*(chart["y"]["powers"] for chart in charts), strict=True)
    tables = {}
    for i, (track, chart) in enumerate(zip(tracks, charts, strict=True)):
        t = chart["tables"]["t"]
        steps = t[:, chart["step"]]
        first = steps[steps <= track.fork].max(initial=0) if track.fork else 0
        at = next(one["column"] for one in chart["columns"] if one["watch"] == name)
        tables[f"b{i}"] = np.ascontiguousarray(t[steps >= first][:, [0, at]])
    return {
        **base(tracks, f"Update ratio of {elide(name, 30)}", log_axis(min(lows), max(highs), ZERO)),
        "hint": charts[0]["hint"],
        "alt": f"Update ratios of {name} on {names_of(tracks)}.",
        "nearest": True,
        "columns": [
            column(1, track.name, group=group, table=f"b{i}") for i, track in enumerate(tracks)
        ],
        "marks": [
            line(1, table=f"b{i}", group=group, dash=track.dash, width=1.8)
            for i, track in enumerate(tracks)
        ],
        "tables": tables,
    }


def paths_chart(tracks: Sequence[Track], name: str) -> Chart:
    """Return the path of a parameter on each branch, in the plane in which all move most."""
    group = tracks[0].record.parameters[name]
    rows = []
    for track in tracks:
        values = track.record.trajectory(name)
        finite = np.isfinite(values).all(axis=1)
        values = values if finite.all() else values[: np.argmin(finite)]
        steps = track.record.trajectory_steps[: len(values)]
        rows.append(np.clip(values[latest(steps, track.fork)], -LARGEST, LARGEST))
    seen = plane(np.concatenate(rows))
    paths = [seen.project(part) if seen else np.zeros((min(len(part), 1), 2)) for part in rows]
    x, y = equal_axes(np.concatenate(paths))
    tables = {f"b{i}": path for i, path in enumerate(paths)}
    tables["start"] = paths[0][:1]
    tables["forks"] = np.concatenate(
        [np.empty((0, 2)), *(p[:1] for p, track in zip(paths, tracks, strict=True) if track.fork)]
    )
    tables["ends"] = np.concatenate([path[-1:] for path in paths])
    shares = f"→ {seen.shares[0]:.0%} of the variance,  ↑ {seen.shares[1]:.0%}" if seen else ""
    moved = any(track.record.steps for track in tracks)
    return {
        **base(tracks, f"Path of {elide(name, 30)}", y),
        "x": x,
        "equal": True,
        "along": True,
        "verticals": [],
        "note": shares,
        "hint": "" if seen else "it has not moved" if moved else f"the path of {elide(name, 24)}",
        "alt": f"Path of {name} on {names_of(tracks)}. {shares}",
        "columns": [
            column(1, track.name, group=group, table=f"b{i}") for i, track in enumerate(tracks)
        ],
        "marks": [
            *(
                line(1, table=f"b{i}", group=group, dash=track.dash, width=1.8)
                for i, track in enumerate(tracks)
            ),
            dots("start", ink="ink", size=8.0, fill="ground"),
            dots("forks", ink="ink", size=6.0, shape="diamond", fill="ground"),
            dots("ends", group=group, size=8.0),
        ],
        "tables": {k: table(on_axis(x, v[:, 0]), v[:, 1], axis=y) for k, v in tables.items()},
    }


def histograms_chart(tracks: Sequence[Track], name: str) -> Chart:
    """Return the newest histogram of a parameter on each branch, one ridge below the other."""
    group = tracks[0].record.parameters[name]
    records = [track.record for track in tracks]
    every = [record.histograms(name) if record.started else [] for record in records]
    kept = [histograms[-1] if histograms else None for histograms in every]
    known = [one for one in kept if one is not None]
    low, high = limits_around([outline(one)[0] for one in known if one.limit > LEAST])
    x = linear_axis(low, high, 3, "each ridge scaled to its maximum")
    tables, marks, words = {}, [], []
    short = shorten([track.name for track in tracks], 24)
    for row, (one, text) in enumerate(zip(kept, short, strict=True)):
        if one is not None:
            places, heights = outline(one, (high - low) / 200)
            tables[f"r{row}"] = table(on_axis(x, places), OVERLAP * heights - row)
            tone = SHADES[row % len(SHADES)]
            marks.append(ridge(f"r{row}", group=group, tone=tone, fill=0.75))
        words.append({"x": x["low"], "y": 0.25 - row, "text": text, "group": group})
    y = linear_axis(0.75 - len(tracks), OVERLAP + 0.1, bare=True)
    y |= {"ticks": [], "labels": []}
    return {
        **base(tracks, f"Values of {elide(name, 30)}", y),
        "x": x,
        "verticals": [],
        "hint": "" if known else "a histogram of its elements",
        "alt": f"Values of {name}: the newest histograms of {names_of(tracks)}.",
        "columns": [],
        "words": words if known else [],
        "marks": marks,
        "tables": tables,
    }
