"""The chart of a path."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from fineopt.recorder import Record
from fineopt.scenes import Chart, Summary
from fineopt.scenes.charts.path import PARTS, POINTS, WORDED, path_chart
from fineopt.scenes.directions import plane
from tests.scenes.contract import check_chart
from tests.scenes.samples import EPOCH, fresh, frozen_after_3, train


def chart_of(record: Record, name: str = "fc1.weight", **options: bool) -> Chart:
    chart = path_chart(Summary(record), name, **options)
    check_chart(chart)
    return chart


def projected(record: Record, name: str = "fc1.weight") -> np.ndarray:
    values = record.trajectory(name)
    found = plane(values)
    assert found is not None
    return found.project(values)


def recorded(values: list[list[float]]) -> Record:
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.array(values[0])})
    for value in values[1:]:
        record.add_step(1.0, [0.1], {"w": np.array(value)}, {"w": None})
    return record


def test_a_path_leads_from_the_start_to_now_with_a_dot_per_epoch() -> None:
    record = train(fresh(), 60, frozen_after_3)
    tables, points = chart_of(record)["tables"], projected(record)
    for key, rows in {"t": slice(None), "start": slice(1), "end": slice(-1, None),
                      "epochs": slice(EPOCH, None, EPOCH)}.items():  # fmt: skip
        np.testing.assert_allclose(tables[key], points[rows], rtol=1e-5, atol=1e-6)


def test_its_parts_are_darker_towards_the_end_and_join() -> None:
    chart = chart_of(train(fresh(), 60))
    parts = [mark for mark in chart["marks"] if mark["draw"] == "line"]
    rows, tones = [part["rows"] for part in parts], [part["tone"] for part in parts]
    assert len(parts) == PARTS
    assert (rows[0][0], rows[-1][1]) == (0, len(chart["tables"]["t"]))
    assert all(a[1] - 1 == b[0] for a, b in pairwise(rows))
    assert tones == sorted(tones, reverse=True) and tones[-1] == 0
    assert {part["group"] for part in parts} == {1}


@pytest.mark.parametrize("steps", [1, 5, 60, 1000])
def test_all_points_lie_inside_axes_of_equal_scale(steps: int) -> None:
    chart = chart_of(train(fresh(), steps))
    assert chart["equal"]
    for key, axis in enumerate((chart["x"], chart["y"])):
        for table in chart["tables"].values():
            assert (table[:, key] > axis["low"]).all() and (table[:, key] < axis["high"]).all()
        # Ticks go on beyond both ends: a renderer widens one axis until both scales are equal.
        span = max(side["high"] - side["low"] for side in (chart["x"], chart["y"]))
        assert axis["ticks"][0] <= axis["low"] - span / 2
        assert axis["ticks"][-1] >= axis["high"] + span / 2
    assert len(chart["tables"]["t"]) <= POINTS + 1


@pytest.mark.parametrize(("name", "step", "text"), [
    ("fc1.weight", 30, "fc frozen"), ("conv1.weight", 40, "conv lr 0.02"),
])  # fmt: skip
def test_changes_of_its_groups_lr_are_marked_on_the_path(name: str, step: int, text: str) -> None:
    record = train(fresh(), 60, frozen_after_3)
    chart, at = chart_of(record, name), projected(record, name)[step]
    np.testing.assert_allclose(chart["tables"]["changes"], [at], rtol=1e-5)
    (word,) = chart["words"]
    assert word["text"] == text
    np.testing.assert_allclose([word["x"], word["y"]], at, rtol=1e-5)
    unmarked = chart_of(record, name, marks=False)
    assert not len(unmarked["tables"]["changes"]) and unmarked["words"] == []


def test_the_newest_changes_have_words() -> None:
    changes = np.cumsum([20, 21] * 7)  # at even intervals they would be merged
    record = train(
        fresh(), 300, lambda step: (0.1, 0.01 * 0.5 ** float(np.searchsorted(changes, step)))
    )
    chart = chart_of(record)
    assert len(chart["tables"]["changes"]) > WORDED == len(chart["words"])


@pytest.mark.parametrize(("values", "title", "note", "hint", "end"), [
    ([[0.0, 0.0]], "Path of w (2 elements)", "", "the path of w\nalong its two leading directions",
     None),
    ([[1.0, 1.0]] * 5, "Path of w (2 elements)", "", "it has not moved", None),
    ([[float(step) * j for j in range(1000)] for step in range(9)], "Path of w (64 of 1,000)",
     "→ 100% of the variance,  ↑ 0%", "", "now"),
    ([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]], "Path of w (2 elements)",
     "→ 78% of the variance,  ↑ 22%", "", "now"),
    ([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [np.nan, 0.0], [3.0, 0.0]], "Path of w (2 elements)",
     "→ 100% of the variance,  ↑ 0%", "", "last finite"),
    ([[0.0], [1e300], [-1e300]], "Path of w (1 elements)", "→ 100% of the variance,  ↑ 0%", "",
     "now"),
])  # fmt: skip
def test_what_is_said(
    values: list[list[float]], title: str, note: str, hint: str, end: str | None
) -> None:
    chart = chart_of(recorded(values), "w")
    assert (chart["title"], chart["note"], chart["hint"]) == (title, note, hint)
    assert len(chart["tables"]["end"]) == (end is not None)
    if end:
        assert [entry["text"] for entry in chart["legend"]] == ["start", end]


def test_a_path_ends_before_what_is_not_finite() -> None:
    chart = chart_of(recorded([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [np.inf, 0.0], [9.0, 0.0]]), "w")
    np.testing.assert_allclose(chart["tables"]["t"], [[0, 0], [1, 0], [2, 0]], atol=1e-6)


def test_an_unknown_parameter() -> None:
    with pytest.raises(KeyError, match="nobody"):
        path_chart(Summary(fresh()), "nobody")
