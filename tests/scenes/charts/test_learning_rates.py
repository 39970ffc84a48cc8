"""The chart of learning rates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fineopt.recorder import Record
from fineopt.scenes import Chart, Summary, place
from fineopt.scenes.charts.learning_rates import NAMED, rate_chart
from tests.scenes.contract import check_chart
from tests.scenes.samples import fresh, frozen_after_3, steady, train

Rates = Callable[[int], tuple[float, ...]]


def chart_of(steps: int, rates: Rates = steady) -> Chart:
    chart = rate_chart(Summary(train(fresh(), steps, rates)))
    check_chart(chart)
    return chart


def test_a_frozen_group_rests_at_0_below_the_break() -> None:
    chart = chart_of(60, frozen_after_3)
    x, conv, fc, step = chart["tables"]["t"].T
    np.testing.assert_allclose(fc[x <= 3][:-1], np.log10(0.01), rtol=1e-6)
    assert np.isneginf(fc[x > 3]).all() and np.isneginf(fc).any()
    np.testing.assert_allclose(sorted(set(conv.tolist())), np.log10([0.02, 0.05]), rtol=1e-6)
    np.testing.assert_allclose(x * 10, step, rtol=1e-6)
    zero = chart["y"]["zero"]
    rest, low, high = place(chart["y"], [-np.inf, np.log10(0.01), np.log10(0.05)], lane=1, lanes=2)
    assert 0 < rest < 0.76 * zero < 0.9 * zero < low < high < 1


@pytest.mark.parametrize(("rates", "labels"), [
    ((0.05, 0.01), ["0", "0.01", "0.02", "0.05", "0.1"]),
    ((0.1, 0.1), ["0", "0.1", "0.2", "0.5", "1"]),
    ((0.0, 0.0), ["0", "0.001", "0.003", "0.01", "0.03", "0.1"]),
    ((1.0, 1e-8), ["0", "1e−08", "1e−06", "0.0001", "0.01", "1"]),
    ((5e-324, 5e-324), ["0", "1e−324", "2e−324", "5e−324", "1e−323"]),
    ((1.7e308, 1.7e308), ["0", "1e+308", "2e+308", "5e+308", "1e+309"]),
    ((np.nan, np.nan), ["0", "0.001", "0.003", "0.01", "0.03", "0.1"]),
    ((np.inf, 0.1), ["0", "0.1", "0.2", "0.5", "1"]),
    ((-0.1, 0.1), ["0", "0.1", "0.2", "0.5", "1"]),
])  # fmt: skip
def test_the_axis_holds_every_rate(rates: tuple[float, float], labels: list[str]) -> None:
    record = Record({"w": 0, "v": 1}, ["conv", "fc"], steps_per_epoch=4)
    record.start({"w": np.zeros(1), "v": np.zeros(1)})
    for _ in range(5):
        record.add_step(1.0, rates, dict.fromkeys("wv", np.zeros(1)), dict.fromkeys("wv"))
    chart = rate_chart(Summary(record))
    check_chart(chart)
    assert chart["y"]["labels"] == labels
    known = chart["tables"]["t"][:, 1:-1]
    known = known[np.isfinite(known)]
    assert (known >= chart["y"]["low"]).all() and (known <= chart["y"]["high"]).all()


def test_a_line_has_only_its_corners() -> None:
    level = chart_of(1500, lambda step: (0.05 if step < 700 else 0.02, 0.01))["tables"]["t"]
    assert len(level) <= 10
    np.testing.assert_allclose(level[[0, -1], :2], np.log10([[1, 0.05], [1e150, 0.02]]), rtol=1e-6)
    restless = chart_of(1500, lambda step: (0.05, 0.01 * (1 + step % 2)))["tables"]["t"]
    assert 512 < len(restless) <= 1024
    np.testing.assert_allclose(sorted(set(restless[:, 2].tolist())), np.log10([0.01, 0.02]), 1e-6)


def test_each_group_has_its_colour_dash_lane_and_name() -> None:
    marks = chart_of(5)["marks"]
    assert [(m["group"], m["dash"], m["lane"], m["lanes"], m["label"]) for m in marks] == [
        (0, 0, 0, 2, "conv"), (1, 1, 1, 2, "fc"),
    ]  # fmt: skip
    assert marks[0]["width"] > marks[1]["width"], "a line is visible below another"


@pytest.mark.parametrize(("count", "note"), [(1, ""), (NAMED, ""), (NAMED + 1, "and 1 more")])
def test_of_many_groups_some_are_named(count: int, note: str) -> None:
    record = Record({"w": 0}, [f"g{i}" for i in range(count)], steps_per_epoch=4)
    record.start({"w": np.zeros(1)})
    record.add_step(1.0, [0.1] * count, {"w": np.zeros(1)}, {"w": None})
    chart = rate_chart(Summary(record))
    check_chart(chart)
    assert chart["note"] == note
    assert sum(bool(mark["label"]) for mark in chart["marks"]) == min(count, NAMED)
    rests = [place(chart["y"], -np.inf, m["lane"], m["lanes"]) for m in chart["marks"]]
    assert all(0 < rest < 0.76 * chart["y"]["zero"] for rest in rests)
    assert rests == sorted(rests, reverse=True)


def test_a_group_added_later_has_no_rate_before() -> None:
    record = train(fresh(), 20)
    record.add_group("late")
    values = {name: np.zeros(record.shape(name)) for name in record.parameters}
    record.add_step(1.0, [0.05, 0.01, 0.3], values, dict.fromkeys(values))
    chart = rate_chart(Summary(record))
    check_chart(chart)
    late = chart["tables"]["t"][:, 3]
    assert np.isnan(late[:-2]).all()
    np.testing.assert_allclose(late[-1], np.log10(0.3), rtol=1e-6)
