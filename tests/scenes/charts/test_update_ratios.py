"""The chart of update ratios."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt.recorder import Record
from fineopt.scenes import Chart, Summary, place
from fineopt.scenes.charts.update_ratios import POINTS, ROWS, ratio_chart
from tests.scenes.contract import check_chart
from tests.scenes.samples import EPOCH, GROUPS, SHAPES, fresh, frozen_after_3, train

NAMES = list(SHAPES)


def chart_of(record: Record, watch: str | None = None, **options: bool) -> Chart:
    chart = ratio_chart(Summary(record), watch, **options)
    check_chart(chart)
    return chart


def test_a_ratio_of_exactly_0_rests_in_its_own_place() -> None:
    record = train(fresh(), 60, frozen_after_3)
    chart = chart_of(record)
    x, *lines, step = chart["tables"]["t"].T
    frozen, other = lines[NAMES.index("fc1.weight")], lines[NAMES.index("conv1.weight")]
    np.testing.assert_array_equal(step, record.update_steps)
    np.testing.assert_allclose(x, record.update_steps / EPOCH, rtol=1e-6)
    np.testing.assert_array_equal(np.isneginf(frozen), record.update_ratio("fc1.weight") == 0)
    assert np.isfinite(other).all()
    zero = chart["y"]["zero"]
    rests = [place(chart["y"], -np.inf, m["lane"], m["lanes"]) for m in chart["marks"]]
    assert all(0 < rest < 0.76 * zero for rest in rests)


def test_lines_are_medians_restarted_where_the_lr_changes() -> None:
    record = train(fresh(), 60, frozen_after_3)
    heights = chart_of(record)["tables"]["t"][:, 1 + NAMES.index("conv1.weight")]
    ratios, before = record.update_ratio("conv1.weight"), record.update_steps <= 40
    last = int(before.sum()) - 1
    np.testing.assert_allclose(10 ** heights[last], np.median(ratios[before][-5:]), rtol=1e-5)
    np.testing.assert_allclose(10 ** heights[last + 1], np.median(ratios[~before][:5]), rtol=1e-5)


@pytest.mark.parametrize(("watch", "named", "title"), [
    (None, True, "Update ratio: ‖update‖ / ‖parameter‖"),
    ("fc1.weight", True, "Update ratio of fc1.weight"),
    ("fc1.weight", False, "Update ratio of fc1.weight"),
])  # fmt: skip
def test_the_watched_parameter_is_in_front(watch: str | None, named: bool, title: str) -> None:
    chart = chart_of(train(fresh(), 30, frozen_after_3), watch, named=named)
    assert (chart["title"], chart["named"]) == (title, named)
    by_name = {NAMES[mark["column"] - 1]: mark for mark in chart["marks"]}
    assert set(by_name) == set(NAMES)
    for name, mark in by_name.items():
        assert mark["group"] == GROUPS[name]
        assert ("end" in mark) == named
        if watch is None:
            assert mark["dash"] == GROUPS[name]
        elif name != watch:
            assert mark["width"] < by_name[watch]["width"] and mark["tone"] > by_name[watch]["tone"]
    assert watch is None or chart["marks"][-1] is by_name[watch]
    assert [column["watch"] for column in chart["columns"]] == NAMES


@pytest.mark.parametrize(("count", "watch", "first"), [
    (ROWS, None, 0), (40, None, 0), (40, "layer.30", 22), (40, "layer.39", 24),
])  # fmt: skip
def test_of_many_parameters_those_around_the_watched(
    count: int, watch: str | None, first: int
) -> None:
    record = Record({f"layer.{i}": 0 for i in range(count)}, ["all"])
    values = {name: np.ones(1) for name in record.parameters}
    record.start(values)
    for step in range(4):
        record.add_step(1.0, [0.1], {name: one + step for name, one in values.items()}, values)
    chart = chart_of(record, watch)
    assert [column["watch"] for column in chart["columns"]] == [
        f"layer.{i}" for i in range(first, first + ROWS)
    ]
    if watch is None:
        assert chart["title"].endswith(f", {ROWS} of {count} parameters") == (count > ROWS)


def test_points_are_bounded() -> None:
    chart = chart_of(train(fresh(), 1500))
    assert POINTS // 2 < len(chart["tables"]["t"]) <= POINTS + 1


def test_the_axis_holds_every_ratio() -> None:
    record = Record({"small": 0, "large": 0}, ["all"])
    record.start({"small": np.ones(1), "large": np.ones(1)})
    for step in range(1, 5):  # every fourth is measured
        small, large = 1 + step * 1e-9, 2.0 if step < 4 else 1e-3
        record.add_step(1.0, [0.1], {"small": np.array([small]), "large": np.array([large])}, {
            "small": None, "large": None,
        })  # fmt: skip
    chart = chart_of(record)
    _, small, large, _ = chart["tables"]["t"][0].tolist()
    assert (small, large) == pytest.approx((-9.0, np.log10(1999)), abs=1e-3)
    assert chart["y"]["low"] <= small < large <= chart["y"]["high"]


def test_an_unknown_parameter() -> None:
    with pytest.raises(KeyError, match="nobody"):
        ratio_chart(Summary(fresh()), "nobody")
