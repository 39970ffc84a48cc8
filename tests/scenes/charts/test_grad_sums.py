"""The table of gradient sums."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fineopt.recorder import Record
from fineopt.scenes import Chart, Summary
from fineopt.scenes.charts.grad_sums import COLUMNS, ROWS, Which, cell_number, grad_chart
from tests.scenes.contract import check_chart
from tests.scenes.samples import GROUPS, SHAPES, fresh, frozen_after_3, train


def chart_of(record: Record, which: Which = "epoch", watch: str | None = None) -> Chart:
    chart = grad_chart(Summary(record), which, watch)
    check_chart(chart)
    return chart


def of_grads(grads: list[list[float]], dtype: str = "float64") -> Chart:
    """The chart of one epoch of these gradients of one parameter."""
    record = Record({"a": 0}, ["g"], steps_per_epoch=len(grads))
    values = {"a": np.zeros(len(grads[0]))}
    record.start(values)
    for grad in grads:
        record.add_step(1.0, [0.1], values, {"a": np.array(grad, dtype)})
    record.end_epoch()
    return chart_of(record)


def test_a_cell_holds_the_number_and_its_tone_the_sign() -> None:
    record = train(fresh(), 20)
    chart = chart_of(record)
    epochs, *tones = chart["tables"]["t"].T
    assert epochs.tolist() == [1, 2]
    assert (chart["rows"], chart["groups"]) == (list(SHAPES), list(GROUPS.values()))
    for name, column, numbers in zip(
        SHAPES, tones, zip(*chart["numbers"], strict=True), strict=True
    ):
        assert list(numbers) == [cell_number(float(v)) for v in record.grad_sum_epoch[name]]  # type: ignore[arg-type]
        assert (np.sign(column) == (1 if name == "conv1.bias" else -1)).all()


@pytest.mark.parametrize(("value", "least", "most"), [
    (300.0, 0.9, 1.0), (30.0, 0.6, 0.7), (3.0, 0.25, 0.4), (0.3, 0.06, 0.06), (1e-9, 0.06, 0.06),
])  # fmt: skip
def test_strength_is_size_on_a_log_scale_so_that_small_ones_are_seen(
    value: float, least: float, most: float
) -> None:
    record = Record({"a": 0, "b": 0}, ["g"], steps_per_epoch=1)
    values = {name: np.zeros(1) for name in "ab"}
    record.start(values)
    record.add_step(1.0, [0.1], values, {"a": np.array([300.0]), "b": np.array([-value])})
    record.end_epoch()
    _, a, b = chart_of(record)["tables"]["t"][0].tolist()
    assert least - 1e-6 <= -b <= most + 1e-6 and a >= -b


@pytest.mark.parametrize("which", ["epoch", "last"])
def test_none_is_a_word_without_a_hue(which: Which) -> None:
    record = train(fresh(), 40, detached=lambda name, step: name == "fc1.weight" and step >= 20)
    chart = chart_of(record, which)
    row = chart["rows"].index("fc1.weight")
    assert [numbers[row] == "None" for numbers in chart["numbers"]] == [False, False, True, True]
    assert np.isnan(chart["tables"]["t"][:, 1 + row]).tolist() == [False, False, True, True]


def test_a_cell_is_faint_in_the_epochs_at_lr_0_where_the_number_stays() -> None:
    chart = chart_of(train(fresh(), 60, frozen_after_3))
    for row, name in enumerate(chart["rows"]):
        for epoch in range(6):
            assert chart["faint"][epoch][row] == (GROUPS[name] == 1 and epoch >= 3)
            assert chart["numbers"][epoch][row] not in ("None", "0")


def test_a_summary_that_follows_a_run_shows_what_a_new_one_shows() -> None:
    sizes = [3.0, 500.0, np.inf, 2.0, np.nan, 0.5]
    record = Record({"a": 0}, ["g"], steps_per_epoch=1)
    record.start({"a": np.zeros(1)})
    following = Summary(record)
    for _ in range(8):  # more epochs than are shown
        for size in sizes:
            record.add_step(1.0, [0.1], {"a": np.zeros(1)}, {"a": np.array([size])})
            record.end_epoch()
            following.update()
            for which in get_args(Which):
                made, new = grad_chart(following, which), grad_chart(Summary(record), which)
                tables = made.pop("tables"), new.pop("tables")
                assert made == new
                np.testing.assert_array_equal(tables[0]["t"], tables[1]["t"])
    record.clear()
    record.start({"a": np.zeros(1)})
    following.update()
    assert (following.largest_sum("epoch"), following.largest_sum("last")) == (0, 0)


def test_parameters_in_no_group_are_faint() -> None:
    record = Record({"a": None}, ["g"], steps_per_epoch=1)
    record.start({"a": np.zeros(1)})
    record.add_step(1.0, [0.1], {"a": np.zeros(1)}, {"a": np.ones(1)})
    record.end_epoch()
    chart = chart_of(record)
    assert (chart["faint"], chart["numbers"], chart["groups"]) == ([[True]], [["1"]], [None])


@pytest.mark.parametrize(("grads", "dtype", "number"), [
    ([[0.1, 0.2, -0.3]], "float64", "0"),  # 5.6e-17
    ([[0.1, 0.2, -0.3]], "float32", "0"),
    ([[0.1], [0.2], [-0.3]], "float64", "0"),  # over the epoch
    ([[1.0, -1.0 + 1e-6]], "float32", "1e−6"),
    ([[1.0, -1.0 + 1e-12]], "float64", "1e−12"),
    ([[-4.7e-16]], "float64", "−5e−16"),  # small, but exact
    ([[5e-324, 0.0]], "float64", "5e−324"),
    ([[0.0, 0.0]], "float64", "0"),
    ([[1.0, -1.0]], "float64", "0"),
    ([[np.nan, 1.0]], "float64", "NaN"),
    ([[np.inf, 1.0]], "float64", "∞"),
    ([[-np.inf, 1.0]], "float64", "−∞"),
    ([[-41.53]], "float64", "−41.5"),
    ([[1e300]], "float64", "1e300"),
])  # fmt: skip
def test_a_sum_within_rounding_of_0_is_0(grads: list[list[float]], dtype: str, number: str) -> None:
    chart = of_grads(grads, dtype)
    (said,) = chart["numbers"][0]
    tone = float(chart["tables"]["t"][0, 1])
    assert said == number
    assert (tone == tone) == (number not in ("0", "NaN"))
    assert tone != tone or (tone < 0) == number.startswith("−")


@given(st.floats())
def test_a_number_fits_its_cell_and_is_the_number(value: float) -> None:
    text = cell_number(value)
    assert 1 <= len(text) <= 7 and "-" not in text
    if abs(value) < 1e308:  # beyond, a rounded number may be larger than any float
        read = float(text.replace("−", "-"))
        assert np.sign(read) == np.sign(value)
        assert read == pytest.approx(value, rel=0.5, abs=0.0)
        if 0.001 <= abs(value) < 9999:
            assert read == pytest.approx(value, rel=0.051)


@pytest.mark.parametrize(("which", "title"), [
    ("epoch", "Grad sum per epoch"), ("last", "Last batch's grad sum"),
])  # fmt: skip
def test_the_title_names_the_kind_of_gradient_sum(which: Which, title: str) -> None:
    assert chart_of(train(fresh(), 10), which)["title"] == title


@pytest.mark.parametrize(("count", "watch", "first"), [
    (10, None, 0), (ROWS, None, 0), (100, None, 0), (100, "layer.60", 44), (100, "layer.99", 68),
])  # fmt: skip
def test_columns_and_rows_are_bounded(count: int, watch: str | None, first: int) -> None:
    record = Record({f"layer.{i}": 0 for i in range(count)}, ["all"], steps_per_epoch=1)
    values = {name: np.ones(1) for name in record.parameters}
    record.start(values)
    for _ in range(70):
        record.add_step(1.0, [0.1], values, values)
        record.end_epoch()
    chart = chart_of(record, watch=watch)
    shown = min(count, ROWS)
    assert chart["rows"] == [f"layer.{i}" for i in range(first, first + shown)]
    assert chart["tables"]["t"][:, 0].tolist() == list(range(71 - COLUMNS, 71))
    assert (f"{shown} of {count}" in chart["title"]) == (count > ROWS)
    assert chart["watched"] == watch


def test_an_unknown_kind_or_parameter() -> None:
    with pytest.raises(ValueError, match="'batch'"):
        grad_chart(Summary(fresh()), "batch")  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="nobody"):
        grad_chart(Summary(fresh()), "epoch", "nobody")
