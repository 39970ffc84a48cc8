"""The chart of trajectories."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.recorder import Record
from fineopt.scenes import Chart, Summary
from fineopt.scenes.charts.trajectory import LINES, POINTS, trajectory_chart
from tests.scenes.contract import check_chart
from tests.scenes.samples import EPOCH, SHAPES, fresh, frozen_after_3, train


def chart_of(record: Record, *names: str, **options: bool) -> Chart:
    chart = trajectory_chart(Summary(record), names, **options)
    check_chart(chart)
    return chart


def test_a_line_for_each_element_in_epochs() -> None:
    record = train(fresh(), 30)
    chart = chart_of(record, "conv1.bias")
    x, *lines, step = chart["tables"]["t"].T
    assert chart["title"] == "Trajectory of conv1.bias (2 elements)"
    assert [column["text"] for column in chart["columns"]] == ["[0]", "[1]"]
    np.testing.assert_allclose(x, np.arange(31) / EPOCH)
    np.testing.assert_array_equal(step, np.arange(31))
    np.testing.assert_allclose(np.transpose(lines), record.trajectory("conv1.bias"), rtol=1e-6)
    assert [(m["group"], m["dash"]) for m in chart["marks"]] == [(0, 0), (0, 0)]
    assert chart["marks"][0]["tone"] != chart["marks"][1]["tone"]


@pytest.mark.parametrize(("size", "lines", "said"), [
    (0, 0, " (0 elements)"), (1, 1, " (1 elements)"), (16, 16, " (16 elements)"),
    (17, 16, " (16 of 17)"), (5000, 16, " (16 of 5,000)"),
])  # fmt: skip
def test_of_many_elements_some_are_drawn(size: int, lines: int, said: str) -> None:
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.arange(float(size))})
    record.add_step(1.0, [0.1], {"w": np.arange(float(size)) + 1}, {"w": None})
    chart = chart_of(record, "w")
    assert len(chart["marks"]) == lines
    assert chart["title"] == "Trajectory of w" + said
    indices = [int(column["text"].strip("[]")) for column in chart["columns"]]
    assert not lines or (indices[0], indices[-1]) == (0, record.kept_indices("w")[-1])
    np.testing.assert_array_equal(chart["tables"]["t"][0, 1:-1], indices)


@pytest.mark.parametrize("steps", [POINTS - 1, POINTS, 5 * POINTS + 3, 5000])
def test_points_are_bounded_and_the_last_is_kept(steps: int) -> None:
    record = Record({"w": 0}, ["all"], steps_per_epoch=10)
    record.start({"w": np.zeros(1)})
    for step in range(steps):
        record.add_step(1.0, [0.1], {"w": np.array([step + 1.0])}, {"w": None})
        if record.steps % 10 == 0:
            record.end_epoch()
    t = chart_of(record, "w")["tables"]["t"]
    assert len(t) <= POINTS + 1
    assert t[-1].tolist() == pytest.approx([steps / 10, steps, steps])


@pytest.mark.parametrize(("name", "extra", "words"), [
    ("fc1.weight", 0, ["unchanged, bit for bit"]), ("conv1.weight", 0, []),
    ("fc1.weight", 5, []),  # thawed
])  # fmt: skip
def test_only_unchanged_parameters_are_called_unchanged(
    name: str, extra: int, words: list[str]
) -> None:
    record = train(fresh(), 60, frozen_after_3)
    train(record, extra, lambda step: (0.02, 0.01))
    chart = chart_of(record, name)
    assert [word["text"] for word in chart["words"]] == words
    for word in chart["words"]:
        assert word["x"] > 3.0, "right of the mark: left of it, the parameter still changed"
        assert chart["y"]["low"] < word["y"] < chart["y"]["high"]


def test_parameters_differ_by_dashes_which_a_legend_explains() -> None:
    record = train(fresh(), 60, frozen_after_3)
    names = ["conv1.weight", "fc1.weight", "conv1.bias"]
    chart = chart_of(record, *names)
    assert chart["title"] == "Trajectories, up to 5 elements each"
    assert [(m["group"], m["dash"]) for m in chart["marks"]] == (
        5 * [(0, 0)] + 5 * [(1, 1)] + 2 * [(0, 2)]
    )
    assert [(k["text"], k["group"], k["dash"]) for k in chart["legend"]] == [
        ("conv1.weight", 0, 0), ("fc1.weight", 1, 1), ("conv1.bias", 0, 2),
    ]  # fmt: skip
    for mark, element in ((0, "conv1.weight"), (5, "fc1.weight"), (10, "conv1.bias")):
        drawn = chart["tables"]["t"][:, chart["marks"][mark]["column"]]
        np.testing.assert_allclose(drawn, record.trajectory(element)[:, 0], rtol=1e-6)
    assert chart["columns"][-1]["text"] == "conv1.bias [1]"
    assert len(chart["marks"]) <= LINES


def test_marks_have_words_only_if_asked() -> None:
    record = train(fresh(), 60, frozen_after_3)
    texts = [
        [v["text"] for v in chart_of(record, "fc1.weight", **options)["verticals"]]
        for options in ({}, {"worded": True}, {"marks": False})
    ]
    assert texts == [["", ""], ["fc frozen", "conv lr 0.02"], []]


@pytest.mark.parametrize("names", [[], [f"layer.{i}" for i in range(5)]])
def test_too_many_or_no_parameters(names: list[str]) -> None:
    record = Record({f"layer.{i}": 0 for i in range(5)}, ["all"])
    with pytest.raises(ValueError, match=f"expected 1 to 4 .* got {len(names)}"):
        trajectory_chart(Summary(record), names)


def test_an_unknown_parameter() -> None:
    with pytest.raises(KeyError, match="nobody"):
        trajectory_chart(Summary(fresh()), [next(iter(SHAPES)), "nobody"])


@pytest.mark.parametrize("size", [1e-200, 1e250])
def test_a_size_that_float32_lacks_is_a_unit(size: float) -> None:
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.zeros(2)})
    record.add_step(1.0, [0.1], {"w": np.array([size, -size])}, {"w": None})
    chart = chart_of(record, "w")
    values = chart["tables"]["t"][-1, 1:-1].astype(float) * chart["y"]["unit"]
    np.testing.assert_allclose(values, [size, -size], rtol=1e-6)


@pytest.mark.parametrize("start", [1.0, -250.0, 1e6])
def test_a_small_move_of_a_large_value_is_drawn(start: float) -> None:
    record = Record({"w": 0}, ["all"])
    moves = start * 1e-9 * np.arange(20)
    record.start({"w": np.array([start])})
    for move in moves[1:]:
        record.add_step(1.0, [0.1], {"w": np.array([start + move])}, {"w": None})
    chart = chart_of(record, "w")
    y, values = chart["y"], chart["tables"]["t"][:, 1].astype(float)
    share = (values - y["low"]) / (y["high"] - y["low"])
    np.testing.assert_allclose(np.diff(share), np.diff(share).mean(), rtol=1e-2)
    assert abs(np.diff(share).sum()) > 0.3


@settings(max_examples=60, deadline=None)
@given(
    start=st.floats(1e-12, 1e12),
    negative=st.booleans(),
    power=st.floats(-17, 0),
    moves=st.lists(st.floats(-1, 1), min_size=1, max_size=6),
)
def test_axes_of_any_span(start: float, negative: bool, power: float, moves: list[float]) -> None:
    record = Record({"w": 0}, ["all"])
    start = -start if negative else start
    values = [start * (1 + move * 10**power) for move in (0.0, *moves)]
    record.start({"w": np.array(values[:1])})
    for value in values[1:]:
        record.add_step(1.0, [0.1], {"w": np.array([value])}, {"w": None})
    y = chart_of(record, "w")["y"]
    low, high = (y["origin"] + y["unit"] * y[end] for end in ("low", "high"))
    slack = 1e-6 * (high - low) + 1e-15 * abs(start)
    assert low - slack <= min(values) <= max(values) <= high + slack
