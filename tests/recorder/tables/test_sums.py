"""Sums of gradients, and bounds of their rounding errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fineopt.recorder import Record


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
