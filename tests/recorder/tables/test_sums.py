"""Sums of gradients, and bounds of their rounding errors."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.recorder import Record
from fineopt.recorder.rounding import add_up


def test_error_bounds_grow_with_the_terms(tmp_path: Path) -> None:
    record = Record({"a": 0, "b": 0}, ["all"])
    values = {"a": np.zeros(2), "b": np.zeros(2)}
    record.start(values)
    for _ in range(3):
        record.add_step(1.0, [0.1], values, {"a": np.array([1.0, -1.0]), "b": None})
    record.end_epoch()
    eps = np.finfo(float).eps
    np.testing.assert_allclose(record.grad_sum_errors("last"), [[2 * eps * 2, 0]])
    np.testing.assert_allclose(record.grad_sum_errors(), [[3 * 2 * eps * 2, 0]])
    assert record.grad_sum_epoch == {"a": [0.0], "b": [None]}
    record.save(tmp_path / "run")
    loaded = Record.load(tmp_path / "run")
    np.testing.assert_array_equal(loaded.grad_sum_errors(), record.grad_sum_errors())


@pytest.mark.parametrize("dtype", ["float16", "uint8", "int16"])
def test_sums_of_small_dtypes_do_not_overflow(dtype: str) -> None:
    record = Record({"w": 0}, ["all"])
    value = np.zeros(5000, "float32")
    record.start({"w": value})
    record.add_step(0.5, [0.1], {"w": value}, {"w": np.full(5000, 100, dtype)})
    record.end_epoch(None, {"w": value}, {"w": np.full(5000, 100, dtype)})
    assert record.grad_sum_epoch["w"] == [500_000.0]


SHAPES = [(), (1,), (7,), (3, 5), (2, 3, 4), (300,), (40, 9)]
NUMBERS = [0.0, -0.0, 1.0, -2.5, 1e-30, 1e-40, 3e38, np.nan, np.inf, -np.inf]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2**31),
    st.sampled_from(SHAPES),
    st.sampled_from(["float16", "float32", "float64"]),
    st.sampled_from([1e-42, 1e-25, 1e-3, 1.0, 1e25]),
    st.sampled_from(NUMBERS),
    st.booleans(),
)
def test_a_sum_is_within_its_bound(
    seed: int, shape: tuple[int, ...], dtype: str, scale: float, odd: float, turned: bool
) -> None:
    draw = np.random.RandomState(seed)
    grad = (scale * draw.normal(size=shape)).astype(dtype)
    grad.flat[draw.randint(grad.size)] = np.asarray(odd).astype(dtype)
    grad = np.asfortranarray(grad) if turned else grad
    before = grad.copy()
    with np.errstate(all="ignore"):
        value, bound = add_up(grad)
    np.testing.assert_array_equal(grad, before)
    if not np.isfinite(value):
        assert bound == 0
        return
    exact = math.fsum(grad.astype(float).ravel().tolist())
    # half of the least number of the dtype: what numbers that small lose is not in the bound
    assert abs(value - exact) <= bound + float(np.finfo(dtype).smallest_subnormal) / 2
    size = float(np.abs(grad.astype(float)).sum())
    roundings = min(grad.size, 12 + math.log2(grad.size))
    least = roundings * float(np.finfo(dtype).eps) * size  # of Higham
    assert least * 0.999 <= bound <= math.sqrt(grad.size) * least * 1.001


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "uint8"])
def test_sums_of_nothing_and_of_integers_are_exact(dtype: str) -> None:
    assert add_up(np.empty(0, dtype)) == add_up(np.empty((3, 0), dtype)) == (0.0, 0.0)
    value, bound = add_up(np.full((40, 9), 100, dtype))
    assert value == 36_000
    assert (bound == 0) == (np.dtype(dtype).kind != "f")


def test_gradients_of_several_dtypes_are_added_up_one_by_one() -> None:
    draw, names = np.random.RandomState(0), ["float16", "float32", "float64", "int32"]
    values = {name: np.zeros((3, 5), "float32") for name in names}
    grads = {name: (9 * draw.normal(size=(3, 5))).astype(name) for name in names}
    before = {name: grad.copy() for name, grad in grads.items()}
    record = Record(dict.fromkeys(names, 0), ["all"])
    record.start(values)
    for _ in range(2):
        record.add_step(1.0, [0.1], values, grads)
    record.end_epoch()
    sums = np.array([add_up(grads[name]) for name in names])
    np.testing.assert_array_equal(record.grad_sums("last")[0][0], sums[:, 0])
    np.testing.assert_array_equal(record.grad_sum_errors("last")[0], sums[:, 1])
    np.testing.assert_array_equal(record.grad_sums()[0][0], 2 * sums[:, 0])
    for name, grad in grads.items():
        np.testing.assert_array_equal(grad, before[name])


def test_sums_without_gradients_are_marked() -> None:
    record = Record({"a": 0, "b": 0}, ["all"])
    values = {"a": np.zeros(2), "b": np.zeros(2)}
    record.start(values)
    record.add_step(1.0, [0.1], values, {"a": None, "b": None})
    record.end_epoch()
    assert record.grad_sum_epoch == record.grad_sum_last == {"a": [None], "b": [None]}
    with pytest.raises(ValueError, match=r"'b' has shape \(2,\), its gradient \(3,\)"):
        record.add_step(1.0, [0.1], values, {"a": None, "b": np.ones(3)})
    assert record.steps == 1
