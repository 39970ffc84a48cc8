"""Charts of arbitrary names, numbers and sizes keep the contract: nothing fails, all is JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.recorder import Record
from fineopt.scenes import Summary
from fineopt.scenes.charts.learning_rates import NAMED, rate_chart
from tests.scenes.contract import check_chart, words_of
from tests.scenes.unusual import EXTREMES, NAMES, every_chart, record_of

FLOATS = st.one_of(st.sampled_from(EXTREMES), st.floats(width=64))
CLOSE = settings(max_examples=40, deadline=None)


def check(record: Record) -> None:
    for chart in every_chart(record):
        try:
            check_chart(chart)
        except AssertionError as error:
            raise AssertionError(f"{chart['title']!r}: {error}") from error


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    check(record_of({name: 0, name + "2": 1}, [name, name + "g"]))
    check(Record({name: 0}, [name]))


@pytest.mark.parametrize("name", ["$a_b^c$", "<b>fc</b>", "卷积层"])
def test_a_name_is_said_as_it_is(name: str) -> None:
    for chart in every_chart(record_of({name: 0}, [name])):
        assert name in str(words_of(chart)) or chart["title"] == "Loss"


@CLOSE
@given(name=st.text(max_size=40), group=st.text(max_size=40))
def test_any_name(name: str, group: str) -> None:
    check(record_of({name: 0}, [group], steps=4))


@pytest.mark.parametrize("value", EXTREMES)
@pytest.mark.parametrize("what", ["loss", "lr", "value", "grad"])
def test_numbers(what: str, value: float) -> None:
    for of_step in (
        lambda step: value,
        lambda step: value if step % 2 else 1.0,
        lambda step: value if step == 5 else 1.0,
        lambda step: value * (-1) ** step,
    ):
        numbers: dict[str, Any] = {what: of_step}
        check(record_of({"a": 0, "b": None}, ["g"], **numbers))


@CLOSE
@given(rows=st.lists(st.tuples(FLOATS, FLOATS, FLOATS, FLOATS), min_size=1, max_size=8))
def test_any_numbers(rows: list[tuple[float, float, float, float]]) -> None:
    loss, lr, value, grad = zip(*rows, strict=True)
    check(
        record_of({"a": 0, "b": 0}, ["g"], len(rows), loss=loss.__getitem__, lr=lr.__getitem__,
                  value=value.__getitem__, grad=grad.__getitem__)
    )  # fmt: skip


@CLOSE
@given(values=st.lists(FLOATS, min_size=4, max_size=4), steps=st.integers(1, 5))
def test_elements_of_unequal_size(values: list[float], steps: int) -> None:
    """Of one parameter; each element moves by itself."""
    record = Record({"a": 0}, ["g"], steps_per_epoch=2)
    record.start({"a": np.zeros(4)})
    for step in range(steps):
        now = {"a": np.roll(values, step)}
        record.add_step(1.0, [0.1], now, now)
        if step % 2:
            record.end_epoch(None, now, now)
    check(record)


@pytest.mark.parametrize("epoch", [None, 1, 1000])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 3), (1000,)])
@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_few_steps_of_scalars_and_empty_parameters(
    steps: int, shape: tuple[int, ...], epoch: int | None
) -> None:
    check(record_of({"a": 0, "b": 0}, ["g"], steps, shape, epoch))


@pytest.mark.parametrize("record", [
    Record({"a": 0}, ["g"]),
    Record({"a": None}, []),
    Record({"a": None, "b": 0}, ["g", "nobody's"], steps_per_epoch=7),
])  # fmt: skip
def test_before_the_start(record: Record) -> None:
    check(record)
    for chart in every_chart(record):
        assert chart["hint"] and not any(map(len, chart["tables"].values()))


@pytest.mark.parametrize("lr", [0.0, 0.1])
def test_500_groups(lr: float) -> None:
    names: dict[str, int | None] = {f"p{i}": i // 4 for i in range(2000)}
    record = record_of(names, [f"group {i}" for i in range(500)], 2, lr=lambda step: lr)
    check(record)
    chart = rate_chart(Summary(record))
    assert [mark["label"] for mark in chart["marks"]][NAMED - 1 : NAMED + 1] == ["group 19", ""]
    assert chart["note"] == "and 480 more"
    assert len(rate_chart(Summary(Record(names, record.groups)))["hint"]) < 150


def test_a_long_run_is_bounded() -> None:
    random = np.random.RandomState(0)
    record = record_of(
        {"a": 0, "b": 1}, ["g", "h"], 3000, epoch=10,
        loss=lambda step: random.rand(), lr=lambda step: 0.1 * random.rand(),
        value=lambda step: random.randn(), grad=lambda step: random.randn(),
    )  # fmt: skip
    check(record)
