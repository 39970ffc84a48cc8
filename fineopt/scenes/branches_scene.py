"""The charts of several branches of a run as one scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .charts.branch_views import histograms_chart, paths_chart, ratios_chart
from .charts.branches import Track, compare_chart, epochs_chart, losses_chart, rates_chart
from .charts.verticals import verticals
from .scene import Chart, Scene
from .summary import Summary
from .views import View, check_view

__all__ = ["branches_scene"]


def branches_scene(
    tracks: Sequence[Track], watch: str, view: View = "lines", marks: bool = True
) -> Scene:
    """Return the loss, the learning rates, a parameter, and how good each epoch was.

    Args:
        tracks: the branches; the first one is drawn from its start.
        watch: the parameter to show.
        view: how to show it.
        marks: whether to mark changes of a learning rate.

    >>> from fineopt.recorder import Record
    >>> scene = branches_scene([Track("main", Record({"w": 0}, ["all"]), 0)], "w")
    >>> [chart["title"] for chart in scene.values()]
    ['Loss, running mean', 'Learning rate per group', 'Compare w', 'Mean loss of each epoch']
    """
    check_view(view)
    changes = _changes(tracks) if marks else []
    watched = _watched(tracks, watch, view)
    if view in ("lines", "ratio"):
        watched = _marked(watched, changes)
    return {
        "loss": _marked(losses_chart(tracks), changes),
        "rate": rates_chart(tracks),
        "watched": watched,
        "epochs": epochs_chart(tracks),
    }


def _watched(tracks: Sequence[Track], name: str, view: View) -> Chart:
    if view == "lines":
        return compare_chart(tracks, name, named=False)
    if view == "path":
        return paths_chart(tracks, name)
    return (ratios_chart if view == "ratio" else histograms_chart)(tracks, name)


def _changes(tracks: Sequence[Track]) -> list[dict[str, Any]]:
    """Return a mark for each change, once where branches have it in common."""
    found: dict[Any, dict[str, Any]] = {}
    for track in tracks:
        for mark in verticals(Summary(track.record), worded=False):
            found.setdefault((mark["x"], mark["group"]), mark)
    return list(found.values())


def _marked(chart: Chart, changes: Sequence[dict[str, Any]]) -> Chart:
    return {**chart, "verticals": [*chart["verticals"], *changes]}
