"""Branches behind a run: on one axis with it, from where they part, with their own dashes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from fineopt.recorder import Record
from fineopt.scenes.charts.branches import Track
from fineopt.scenes.scene import place
from fineopt.scenes.watched_run import WatchedRun


def record(losses: list[float], values: list[float], lr: float = 0.1) -> Record:
    made = Record({"w": 0, "v": 0}, ["all"], steps_per_epoch=2)
    made.start({"w": np.zeros(3), "v": np.zeros(1)})
    for loss, value in zip(losses, values, strict=True):
        now = {"w": np.full(3, value), "v": np.zeros(1)}
        made.add_step(loss, [lr], now, dict.fromkeys(now))
        if not made.steps % 2:
            made.end_epoch()
    return made


def shown(run: WatchedRun, chart: str, table: str, column: int) -> Any:
    """Return the values of a curve, read off its axis."""
    made = run.scene()[chart]
    axis, rows = made["y"], made["tables"][table]
    height = place(axis, rows[:, column]) * (axis["high"] - axis["low"]) + axis["low"]
    return height * axis["unit"] + axis["origin"]


@pytest.fixture
def run() -> WatchedRun:
    made = WatchedRun(record([1.0, 0.9, 0.8, 0.7], [0.1, 0.2, 0.3, 0.4]), "w")
    other = record([1.0, 0.9, 5.0, 6.0, 7.0, 8.0], [0.1, 0.2, 3.0, 4.0, 5.0, 6.0], lr=2.0)
    made.put_behind("main", [Track("other", other, 2, 3)])
    return made


def test_both_are_on_one_axis(run: WatchedRun) -> None:
    before = WatchedRun(run.record, "w")
    np.testing.assert_allclose(shown(run, "loss", "t", 1), shown(before, "loss", "t", 1), rtol=1e-6)
    np.testing.assert_allclose(
        shown(run, "watched", "t", 1), shown(before, "watched", "t", 1), atol=1e-6
    )
    assert shown(run, "watched", "b0", 1)[-1] == pytest.approx(6.0)
    scene = run.scene()
    assert scene["rate"]["y"]["powers"] == [-1, 1]
    for name in ("loss", "watched"):
        axis = scene[name]["y"]
        for rows in scene[name]["tables"].values():
            assert rows[:, 1].min() >= axis["low"] and rows[:, 1].max() <= axis["high"]


def test_it_begins_where_they_part_which_is_marked(run: WatchedRun) -> None:
    scene = run.scene()
    ends = {chart["x"]["high"] for name, chart in scene.items() if name != "grad"}
    assert ends == {3.0}
    for name in ("loss", "rate", "watched"):
        assert scene[name]["tables"]["b0"][0, 0] == 1.0
        assert 1.0 in [v["x"] for v in scene[name]["verticals"] if v["group"] is None]


def test_it_lies_behind_with_its_own_dashes_and_name(run: WatchedRun) -> None:
    scene = run.scene()
    for name in ("loss", "rate", "watched"):
        tables = [mark["table"] for mark in scene[name]["marks"]]
        assert tables == sorted(tables)  # b0 first, so below
        behind = [mark for mark in scene[name]["marks"] if mark["table"] == "b0"]
        assert {mark["dash"] for mark in behind} == {3}
        assert any(column["table"] == "b0" for column in scene[name]["columns"])
    assert [key["text"] for key in scene["loss"]["legend"]] == ["each step", "main", "other"]
    assert "Other branches behind it: other." in run.describe()
    # an element has the shade that it has in the run
    own = {
        mark["column"]: mark["tone"] for mark in scene["watched"]["marks"] if mark["table"] == "t"
    }
    for mark in scene["watched"]["marks"]:
        assert mark["tone"] == own[mark["column"]]


def test_other_views_say_where_branches_are_drawn(run: WatchedRun) -> None:
    run.view = "histogram"
    assert "b0" not in run.scene()["watched"]["tables"]
    assert "as lines" in run.scene()["watched"]["note"]
    run.view, run.watch = "lines", ["w", "v"]
    assert "b0" not in run.scene()["watched"]["tables"]
    run.put_behind("main", [])
    assert run.scene()["watched"].get("note", "") == ""


@pytest.mark.parametrize("value", [0.0, math.nan, math.inf, 1e300, -1e-300])
@pytest.mark.filterwarnings("ignore:overflow|invalid:RuntimeWarning")
def test_extremes(value: float) -> None:
    run = WatchedRun(record([1.0, 0.5], [0.1, 0.2]), "w")
    run.put_behind("$a$ <b>", [Track("b" * 60, record([1.0, value], [0.1, value]), 1, 1)])
    for chart in run.scene().values():
        for table in chart["tables"].values() if chart["kind"] == "xy" else ():
            assert table.dtype == np.float32
        if chart["kind"] == "xy":
            assert math.isfinite(chart["y"]["low"]) and chart["y"]["low"] < chart["y"]["high"]


def test_a_run_without_steps_and_one_without_the_parameter() -> None:
    run = WatchedRun(Record({"w": 0, "v": 0}, ["all"]), "w")
    lacks = Record({"v": 0}, ["all"])
    run.put_behind("main", [Track("other", record([1.0], [0.1]), 0, 1), Track("x", lacks, 0, 2)])
    scene = run.scene()
    assert "b1" not in scene["loss"]["tables"]
    assert scene["loss"]["tables"]["b0"].shape[0] == 1
