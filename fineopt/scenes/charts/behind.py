"""Other branches behind the charts of a run, each from where it parted from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...language import say
from ..scene import Axis, Chart, Scene, key, linear_axis, on_axis, time_axis
from ..style import SHADES
from ..summary import Floats, Summary
from ..text import shorten
from ..views import View
from .branches import ELEMENTS, Track, compare_chart, losses_chart, rates_axis, rates_chart
from .trajectory import spread

__all__ = ["Behind"]

NAME = 18  # characters of a branch's name in a legend


class Behind:
    """Draws branches behind a run; what they look like is worked out once, as they stand still.

    >>> from fineopt.recorder import Record
    >>> from ..run_scene import run_scene
    >>> summary = Summary(Record({"w": 0}, ["all"]))
    >>> scene, other = run_scene(summary, ["w"]), Track("other", Record({"w": 0}, ["all"]), 0, 1)
    >>> scene = Behind().add(scene, summary, "main", [other], ["w"], "lines")
    >>> [entry["text"] for entry in scene["loss"]["legend"]]
    ['each step', 'main', 'other']
    """

    def __init__(self) -> None:
        self._key: object = None
        self._made: Scene = {}
        self._end = 0.0

    def add(
        self,
        scene: Scene,
        summary: Summary,
        name: str,
        tracks: Sequence[Track],
        watched: Sequence[str],
        view: View,
    ) -> Scene:
        """Return the scene of a run with branches behind it, and their forks marked.

        Args:
            scene: of the run.
            summary: of its record.
            name: of the branch on which it is.
            tracks: the branches to draw; if there are none, the scene is unchanged.
            watched: the watched parameters; branches are drawn where it is one, as lines.
            view: how the watched parameters are shown.
        """
        if not tracks:
            return scene
        compared = watched[0] if len(watched) == 1 and view == "lines" else None
        tracks = [track for track in tracks if not compared or compared in track.record.parameters]
        self._make(tracks, compared)
        scene = {
            **scene,
            "loss": self._loss(scene["loss"], name, tracks),
            "rate": self._rate(scene["rate"]),
        }
        if compared:
            scene["watched"] = self._watched(scene["watched"])
        elif not scene["watched"].get("note"):
            note = say("branches are drawn for one parameter, as lines")
            scene["watched"] = {**scene["watched"], "note": note}
        x = time_axis(max(summary.end, self._end), summary.unit)
        parted = {float(track.record.epochs_at(track.fork)) for track in tracks if track.fork}
        for place in ("loss", "rate", "watched") if compared else ("loss", "rate"):
            marked = [_fork(at, place == "rate") for at in sorted(parted)]
            verticals = [*marked, *scene[place]["verticals"]]
            scene[place] = {**scene[place], "x": x, "verticals": verticals}
        return scene

    def _make(self, tracks: Sequence[Track], compared: str | None) -> None:
        now = compared, *((*track, track.record.runs, track.record.steps) for track in tracks)
        if now == self._key:
            return
        self._key, self._made = now, {}
        if tracks:
            self._end = max(Summary(track.record).end for track in tracks)
            self._made = {"loss": losses_chart(tracks), "rate": rates_chart(tracks)}
            if compared:
                self._made["watched"] = compare_chart(tracks, compared, named=False)

    def _loss(self, chart: Chart, name: str, tracks: Sequence[Track]) -> Chart:
        marks = [{**mark, "ink": "grey", "width": 1.5} for mark in self._marks("loss")]
        y = _both(chart["y"], self._made["loss"]["y"]) if marks else chart["y"]
        short = shorten([name, *(track.name for track in tracks)], NAME)
        behind = [
            key(text, ink="grey", dash=track.dash)
            for text, track in zip(short[1:], tracks, strict=True)
        ]
        legend = [*chart["legend"][:1], key(short[0], ink="ink"), *behind]
        return {**self._over(chart, "loss", marks, y), "legend": legend}

    def _rate(self, chart: Chart) -> Chart:
        marks = [{**mark, "tone": 0.4, "label": ""} for mark in self._marks("rate")]
        y = rates_axis([chart["y"], self._made["rate"]["y"]]) if marks else chart["y"]
        return self._over(chart, "rate", marks, y)

    def _watched(self, chart: Chart) -> Chart:
        count = len(chart["marks"])
        drawn = spread(count, min(count, ELEMENTS)).tolist()  # of those that the run shows
        marks = []
        for mark in self._marks("watched"):
            j = mark["column"] - 1
            tone = SHADES[drawn[j] % len(SHADES)] if j < len(drawn) else 0.0
            marks.append({**mark, "tone": tone, "width": 1.1})
        y = _both(chart["y"], self._made["watched"]["y"]) if marks else chart["y"]
        words = [{**word, "y": float(_moved(chart["y"], y, word["y"]))} for word in chart["words"]]
        return {**self._over(chart, "watched", marks, y), "words": words}

    def _marks(self, place: str) -> list[dict[str, Any]]:
        return list(self._made[place]["marks"]) if place in self._made else []

    def _over(self, chart: Chart, place: str, marks: Sequence[Any], y: Axis) -> Chart:
        """Return a chart over marks of branches, all on one axis."""
        if not marks:
            return chart
        other = self._made[place]
        tables = {name: _on(other["y"], y, t, t.shape[1]) for name, t in other["tables"].items()}
        own = _on(chart["y"], y, chart["tables"]["t"], chart["step"])
        return {
            **chart,
            "y": y,
            "alt": say("{alt} Behind it: {other}", alt=chart["alt"], other=other["alt"]),
            "columns": [*chart["columns"], *other["columns"]],
            "marks": [*marks, *chart["marks"]],
            "tables": {**tables, "t": own},
        }


ENDS = ("low", "high")


def _fork(x: float, worded: bool) -> dict[str, Any]:
    return {"x": x, "group": None, "text": say("fork") if worded else ""}


def _both(one: Axis, other: Axis) -> Axis:
    """Return a linear axis with the limits of two."""
    ends = [axis["origin"] + axis["unit"] * axis[end] for axis in (one, other) for end in ENDS]
    return linear_axis(min(ends), max(ends))


def _moved(before: Axis, after: Axis, values: Any) -> Any:
    """Return numbers of a table on one linear axis as a table on another holds them."""
    return on_axis(after, np.asarray(values, float) * before["unit"] + before["origin"])


def _on(before: Axis, after: Axis, rows: Floats, end: int) -> Floats:
    """Return a table of one axis as a table of another; columns from `end` on are no values."""
    same = ("origin", "unit")
    if before["scale"] != "linear" or all(before[part] == after[part] for part in same):
        return rows
    moved = np.array(rows)
    moved[:, 1:end] = _moved(before, after, rows[:, 1:end])
    return np.ascontiguousarray(moved, dtype=np.float32)
