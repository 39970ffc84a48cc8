"""Norms of parameters and of their updates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fineopt.recorder.rounding import norm
from tests.recorder.samples import record, values, walk

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(max_examples=60, deadline=None)
@given(steps=st.integers(0, 300), limit=st.integers(4, 20))
def test_ratios_are_exact_evenly_spaced_and_bounded(steps: int, limit: int) -> None:
    made = record(samples=limit)
    expected = walk(made, steps)
    kept = made.update_steps
    assert len(kept) <= limit
    assert len(kept) >= min(steps // 4, limit // 2)
    assert len(set(np.diff(kept, prepend=0))) <= 1
    for name, ratios in expected.items():
        np.testing.assert_allclose(made.update_ratio(name), ratios[kept - 1], rtol=1e-6)


def test_a_ratio_is_0_without_a_change_and_nan_if_undefined() -> None:
    made = record()
    still, moving = values(3), values(3)
    for step in range(8):
        moving["fc.weight"] = np.full((5, 8), float(7 - step))
        moving["loose"] = np.array([np.nan, step])
        made.add_step(1.0, [0.1, 0.1], {**still, **moving}, values(1))
    assert made.update_ratio("conv.bias").tolist() == [0, 0]
    np.testing.assert_allclose(made.update_ratio("fc.weight"), [1 / 4, np.nan])  # a step to 0
    assert np.isnan(made.update_ratio("loose")).all()
    np.testing.assert_allclose(made.step_norm("fc.weight"), [40**0.5] * 2)
    np.testing.assert_allclose(made.weight_norm("fc.weight"), [4 * 40**0.5, 0])


@settings(max_examples=100, deadline=None)
@given(arrays(np.float32, st.integers(0, 20), elements=FLOATS))
def test_norms_are_accurate_and_0_only_for_zeros(numbers: np.ndarray) -> None:
    exact = float(np.linalg.norm(numbers.astype(np.float64)))
    with np.errstate(all="ignore"):
        found = norm(numbers)
    assert found == pytest.approx(exact, rel=1e-5)
    assert (found == 0) == (not numbers.any())


def test_norms_of_other_layouts_and_dtypes() -> None:
    wide = np.arange(12, dtype=np.float16).reshape(3, 4).T
    assert norm(wide) == pytest.approx(506**0.5)
    assert norm(np.array([3, 4])) == 5
    assert np.isnan(norm(np.array([np.nan, 1])))


def test_values_may_be_updated_in_place() -> None:
    made, mine = record(), values(1)
    for _ in range(4):
        for array in mine.values():
            array *= 2
        made.add_step(1.0, [0.1, 0.1], mine, mine)
    np.testing.assert_allclose(made.update_ratio("loose"), [0.5])
