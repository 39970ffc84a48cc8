"""Figures of a timeline: branches from their forks on, with their own dashes and names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from fineopt import figures
from fineopt.figures.branches import tracks_of
from fineopt.recorder import Record
from fineopt.scenes.branches_scene import branches_scene
from fineopt.scenes.charts.branches import Track, compare_chart
from fineopt.timeline import Timeline

from ..support.small import make_trainer


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    draw = np.random.RandomState(1)
    test = [(draw.normal(size=(6, 4)).astype("float32"), draw.randint(3, size=6))]
    made = Timeline(make_trainer(test_data=test))
    made.trainer.run(3)
    made.branch("last frozen", at=2)
    made.trainer.optimizer.param_groups[1]["lr"] = 0.0
    made.trainer.run(2)
    return made


def test_each_branch_begins_at_its_fork(timeline: Timeline) -> None:
    scene = branches_scene(tracks_of(timeline), "last.bias")
    assert list(scene) == ["loss", "rate", "watched", "epochs"]
    for chart in scene.values():
        main, other = chart["tables"]["b0"], chart["tables"]["b1"]
        assert main[0, 0] < 2 <= other[0, 0] + 1e-6
        assert (main[-1, 0], other[-1, 0]) == (3.0, 4.0)
        assert {v["x"] for v in chart["verticals"]} == {2.0}
    first, second = (scene["watched"]["tables"][name] for name in ("b0", "b1"))
    at = int(np.searchsorted(first[:, 0], 2.0))
    np.testing.assert_array_equal(first[at], second[0])  # where they fork


def test_dash_and_name_tell_branches_apart_and_the_colour_is_the_group_s(
    timeline: Timeline,
) -> None:
    scene = branches_scene(tracks_of(timeline), "last.bias")
    assert [entry["text"] for entry in scene["loss"]["legend"]] == ["main", "last frozen"]
    for name in ("watched", "rate"):
        for mark in scene[name]["marks"]:
            assert mark["dash"] == int(mark["table"][1])
    assert {mark["group"] for mark in scene["watched"]["marks"]} == {1}
    rest = scene["rate"]["tables"]["b1"][-1, 2]
    assert math.isinf(rest) and rest < 0  # frozen


def test_changes_are_marked_once_if_asked_for(timeline: Timeline) -> None:
    for marks, groups in ((True, [None, 1]), (False, [None])):
        scene = branches_scene(tracks_of(timeline), "last.bias", marks=marks)
        assert [v["group"] for v in scene["loss"]["verticals"]] == groups


@pytest.mark.parametrize("view, title", [
    ("lines", "Compare last.bias"), ("path", "Path of last.bias"),
    ("ratio", "Update ratio of last.bias"), ("histogram", "Values of last.bias"),
])  # fmt: skip
def test_each_view_shows_all_branches(timeline: Timeline, view: Any, title: str) -> None:
    chart = branches_scene(tracks_of(timeline), "last.bias", view)["watched"]
    assert chart["title"] == title
    drawn = [mark for mark in chart["marks"] if mark["table"][1:].isdigit()]
    assert {mark["table"][1:] for mark in drawn} == {"0", "1"}
    if view != "histogram":
        assert {mark["dash"] for mark in drawn} == {0, 1}
        begins = [chart["tables"][name][0] for name in ("b0", "b1")]
        assert not np.array_equal(*begins)  # the other one begins at its fork
    assert all(len(chart["tables"][mark["table"]]) for mark in drawn)
    figure = figures.overview(timeline, "last.bias", view=view)
    assert figure.axes[2].get_title(loc="left") == title


def test_gradient_sums_of_each_branch_are_added_if_asked_for(timeline: Timeline) -> None:
    assert len(figures.overview(timeline).axes) == 4
    figure = figures.overview(timeline, which="last")
    titles = [axes.get_title(loc="left") for axes in figure.axes[4:]]
    assert titles == ["main: last batch's grad sum", "last frozen: last batch's grad sum"]


def test_accuracies(timeline: Timeline) -> None:
    chart = branches_scene(tracks_of(timeline), "last.bias")["epochs"]
    assert chart["title"] == "Accuracy of each epoch"
    accuracy = timeline.branches["last frozen"].record.epoch_accuracy
    np.testing.assert_allclose(chart["tables"]["b1"][:, 1], accuracy[1:], rtol=1e-6)


def test_figures(timeline: Timeline) -> None:
    overview = figures.overview(timeline, "last.bias")
    assert overview.axes[0].get_title(loc="left") == "Loss, running mean"
    compared = figures.compare(timeline, "last.bias")
    styles = {line.get_linestyle() for line in compared.axes[0].lines}
    assert {"-", "--"} & styles and len(compared.axes[0].lines) >= 6
    texts = {text.get_text() for text in compared.axes[0].texts}
    assert {"main", "last frozen", "fork"} <= texts
    assert "last frozen, from step 6: 12 steps" in compared.alt()  # type: ignore[attr-defined]
    alone = figures.compare(timeline, "last.bias", branches=["last frozen"])
    assert alone.axes[0].lines[0].get_xdata()[0] == 0  # type: ignore[index]
    assert figures.overview(timeline.branches["main"].record).axes


@pytest.mark.parametrize("call", [
    lambda t: figures.compare(t, "last.bais"), lambda t: figures.overview(t, "nothing"),
    lambda t: figures.compare(t, "last.bias", branches=["x"]),
    lambda t: figures.compare(t, "last.bias", branches=[]),
    lambda t: figures.overview(t, view="lanes"), lambda t: figures.overview(t, which="all"),
])  # fmt: skip
def test_what_is_unknown_is_refused(timeline: Timeline, call: Any) -> None:
    with pytest.raises((KeyError, ValueError)):
        call(timeline)


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("value", [0.0, math.nan, math.inf, 1e300, -1e-300])
@pytest.mark.filterwarnings("ignore:overflow|invalid:RuntimeWarning")
def test_extremes(steps: int, value: float) -> None:
    tracks = []
    for name in ("$a$ <b>", "b" * 60):
        record = Record({"w": 0, "v": None}, ["all"])
        record.start({"w": np.full(3, value), "v": np.zeros(1)})
        for _ in range(steps):
            values = {"w": np.full(3, value), "v": np.zeros(1)}
            record.add_step(value, [0.0], values, dict.fromkeys(values))
            record.end_epoch()
        tracks.append(Track(name, record, steps // 2, len(tracks)))
    scene = branches_scene(tracks, "w")
    for chart in [*scene.values(), compare_chart(tracks, "v")]:
        for table in chart["tables"].values():
            assert table.dtype == np.float32
        assert math.isfinite(chart["y"]["low"]) and chart["y"]["low"] < chart["y"]["high"]
