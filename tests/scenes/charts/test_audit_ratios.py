"""The chart of an audit's update ratios."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.language import speaking
from fineopt.scenes import Chart
from fineopt.scenes.charts.audit_ratios import ROWS, audit_chart, describe_audit
from tests.scenes.contract import check_chart
from tests.scenes.unusual import EXTREMES, NAMES
from tests.support.audited import AuditedRow as Row

STILL = Row("fc.bias", False, 0.0, words="its group's learning rate is 0")
FROM_0 = Row("fc.bias", True, None)
UNKNOWN = Row("loose", None, None, None, "unknown")
TINY, LARGE = Row("conv.weight", ratio=1e-9, group="conv"), Row("conv.bias", ratio=5.0)


def chart_of(rows: list[Row], groups: list[str] | None = None) -> Chart:
    chart = audit_chart(rows, groups)
    check_chart(chart)
    return chart


@pytest.mark.parametrize(("rows", "labels", "rings", "dots", "alt"), [
    ([], ["0", "0.0001", "0.001", "0.01"], 0, 0, "The next step moves 0 of 0 parameters."),
    ([Row()], ["0", "0.01", "0.1"], 0, 1,
     "The next step moves 1 of 1 parameters, by update ratios from 0.01 to 0.01."),
    ([Row(), STILL], ["0", "0.01", "0.1"], 1, 1,
     "The next step moves 1 of 2 parameters, by update ratios from 0.01 to 0.01."),
    ([STILL], ["0", "0.0001", "0.001", "0.01"], 1, 0, "The next step moves 0 of 1 parameters."),
    ([FROM_0, UNKNOWN], ["0", "0.0001", "0.001", "0.01"], 0, 0,
     "The next step moves 1 of 2 parameters."),
    ([TINY, LARGE], ["0", "1e−09", "1e−07", "1e−05", "0.001", "0.1", "10"], 0, 2,
     "The next step moves 2 of 2 parameters, by update ratios from 1e−09 to 5."),
])  # fmt: skip
def test_each_parameter_has_its_row(
    rows: list[Row], labels: list[str], rings: int, dots: int, alt: str
) -> None:
    chart = chart_of(rows)
    assert chart["x"]["labels"] == labels
    assert chart["y"]["labels"] == [row.name for row in rows]
    made = [mark for mark in chart["marks"] if mark["draw"] == "dots"]
    assert [mark["fill"] for mark in made].count("ground") == rings
    assert [mark["fill"] for mark in made].count("own") == dots
    assert chart["alt"] == describe_audit(rows) == alt
    assert len(chart["tips"]) == len(chart["tables"]["t"]) == len(rows)
    assert len(chart["words"]) == len(rows) - dots, "why it has no ratio"


def test_a_dot_lies_at_the_ratio_and_in_the_colour_of_the_group() -> None:
    rows = [Row(ratio=0.004), Row("conv.weight", ratio=0.2, group="conv"), UNKNOWN, STILL]
    chart = chart_of(rows, ["conv", "fc"])
    at, heights = chart["tables"]["t"].T
    np.testing.assert_allclose(at[:2], np.log10([0.004, 0.2]), rtol=1e-6)
    assert at[2] == at[3] == np.float32(chart["x"]["ticks"][0]), "the place of 0"
    assert heights.tolist() == [3, 2, 1, 0] == chart["y"]["ticks"]
    assert [mark["group"] for mark in chart["marks"] if mark["draw"] == "dots"] == [1, 0, 1]
    assert [word["group"] for word in chart["words"]] == [None, 1]
    assert chart["tips"][0] == ["fc.weight", "update ratio 0.004: it moves by its gradient"]
    assert chart["tips"][3] == ["fc.bias", "its group's learning rate is 0"]


def test_of_many_parameters_some_are_shown() -> None:
    chart = chart_of([Row(f"layer.{i}") for i in range(ROWS + 8)])
    assert chart["title"] == f"Update ratio at the next step, {ROWS} of {ROWS + 8} parameters"
    assert len(chart["tips"]) == ROWS


@settings(max_examples=100, deadline=None)
@given(st.lists(st.builds(
    Row, st.sampled_from(NAMES), st.sampled_from([True, False, None]),
    st.sampled_from([None, *EXTREMES]), st.sampled_from([None, *NAMES]), st.sampled_from(NAMES),
), max_size=8))  # fmt: skip
def test_extremes_keep_the_contract(rows: list[Row]) -> None:
    chart = chart_of(rows)
    assert all(math.isfinite(v) for v in chart["tables"]["t"].ravel())


def test_it_speaks_chinese() -> None:
    with speaking("zh"):
        assert audit_chart([Row()])["title"] == "下一步的更新比"
        assert describe_audit([STILL]) == "下一步更新 1 个参数中的 0 个。"
