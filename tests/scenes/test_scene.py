"""Axes, tables and places: the parts that charts are made of."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fineopt.scenes.scene import linear_axis, log_axis, on_axis, place, table, thinned, window

# Cases that the renderer in the browser passes as well.
CASES = json.loads((Path(__file__).parent / "place.json").read_text(encoding="utf-8"))
FINITE = st.floats(-1e300, 1e300)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['axis']} {case['values']}")
def test_where_values_lie(case: dict[str, Any]) -> None:
    values = [float(value) for value in case["values"]]
    shares = place(case["axis"], values, case.get("lane", 0), case.get("lanes", 1))
    np.testing.assert_allclose(shares, [float(share) for share in case["shares"]], atol=1e-12)


@given(zero=st.floats(0.1, 0.3), lanes=st.integers(1, 600))
def test_lines_at_0_lie_below_the_break_in_their_order(zero: float, lanes: int) -> None:
    axis = {"scale": "log0", "low": -3.0, "high": 0.0, "zero": zero}
    rests = [float(place(axis, -np.inf, lane, lanes)) for lane in range(lanes)]
    assert all(a > b for a, b in pairwise(rests))
    assert 0 < rests[-1] <= rests[0] < 0.76 * zero


@given(low=FINITE, high=FINITE)
def test_a_linear_axis_of_any_range(low: float, high: float) -> None:
    assume(high - low > max(1e-280, 1e-12 * max(abs(low), abs(high))))
    axis = linear_axis(low, high)
    ends = np.float32([axis["low"], axis["high"]])
    assert np.isfinite(ends).all() and ends[0] < ends[1]
    assert all(a < b for a, b in pairwise(axis["ticks"]))
    assert 2 <= len(axis["ticks"]) == len(set(axis["labels"])) <= 12
    shares = place(axis, axis["ticks"])
    assert (shares >= -1e-5).all() and (shares <= 1 + 1e-5).all()
    for tick, label in zip(axis["ticks"], axis["labels"], strict=True):
        said = float(label.replace("−", "-"))
        assert said == pytest.approx(axis["origin"] + axis["unit"] * tick,
                                     rel=1e-9, abs=1e-2 * (high - low))  # fmt: skip


@given(low=FINITE, span=st.floats(1e-6, 1e3), share=st.floats(0, 1))
def test_a_value_of_a_table_keeps_its_place(low: float, span: float, share: float) -> None:
    high = low + span * max(abs(low), 1e-6)
    assume(math.isfinite(high) and high < 1e300)
    axis = linear_axis(low, high)
    value = low + share * (high - low)
    (drawn,) = table([0.0], [value], axis=axis)[:, 1]
    np.testing.assert_allclose(place(axis, drawn), (value - low) / (high - low), atol=2e-3)


@given(low=st.integers(-324, 308), span=st.integers(1, 632))
def test_a_log_axis_of_any_range(low: int, span: int) -> None:
    axis = log_axis(low, low + span, zero=0.2, above=0.1, below=0.02)
    assert (axis["ticks"][0], axis["labels"][0]) == (None, "0")
    assert 3 <= len(axis["ticks"]) == len(axis["labels"]) <= 9
    shares = place(axis, axis["ticks"][1:])
    assert (np.diff(shares) > 0).all() and shares[0] > 0.2 and shares[-1] <= 1
    assert axis["ticks"][1] == low


@pytest.mark.parametrize(("values", "stored"), [
    ([1.0, -2.5], [1.0, -2.5]), ([np.nan, np.inf, -np.inf], [np.nan, np.inf, -np.inf]),
    ([1e300, -1e300], [np.finfo(np.float32).max, np.finfo(np.float32).min]), ([1e-300], [0.0]),
])  # fmt: skip
def test_what_is_finite_stays_finite(values: list[float], stored: list[float]) -> None:
    made = table(np.arange(len(values)), values)
    assert made.dtype == np.float32 and made.flags.c_contiguous
    np.testing.assert_array_equal(made[:, 1], np.float32(stored))


def test_columns_steps_and_no_rows() -> None:
    axis = linear_axis(0.0, 2e300)
    assert table([1, 2], np.full((2, 3), 1e300), axis=axis, steps=[7, 8]).tolist() == [
        [1, 1, 1, 1, 7], [2, 1, 1, 1, 8],
    ]  # fmt: skip
    assert table([], [], np.empty((0, 4)), steps=[]).shape == (0, 7)
    np.testing.assert_allclose(on_axis(linear_axis(1.0, 1 + 1e-9), [1 + 5e-10]), 5e-10, rtol=1e-6)


@given(count=st.integers(0, 5000), most=st.integers(1, 500))
def test_thinned_samples_are_few_and_hold_the_first_and_the_last(count: int, most: int) -> None:
    kept = thinned(count, most)
    assert len(kept) <= most + 1
    assert (np.diff(kept) > 0).all()
    assert not count or (kept[0], kept[-1]) == (0, count - 1)
    assert count > most or len(kept) == count


@given(count=st.integers(1, 100), rows=st.integers(1, 40), data=st.data())
def test_a_window_holds_the_watched(count: int, rows: int, data: st.DataObject) -> None:
    names = [f"p{i}" for i in range(count)]
    watch = data.draw(st.none() | st.sampled_from(names))
    shown = names[window(names, watch, rows)]
    assert len(shown) == min(rows, count)
    assert watch is None or watch in shown
