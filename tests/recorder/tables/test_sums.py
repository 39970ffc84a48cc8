"""Sums of gradients, and bounds of their rounding errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.recorder import Record, rounding
from fineopt.recorder.rounding import Adder, add_up


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


SHAPES = [(), (1,), (7,), (3, 5), (2, 3, 4), (0,), (300,), (40, 9)]
NUMBERS = [0.0, -0.0, 1.0, -2.5, 1e-30, 3e38, np.nan, np.inf, -np.inf]


def gradients(
    draw: np.random.RandomState, dtypes: list[str], shapes: list[int]
) -> list[np.ndarray]:
    made = []
    for dtype, i in zip(dtypes, shapes, strict=False):
        grad = draw.normal(size=SHAPES[i]).astype(dtype)
        if grad.size and draw.rand() < 0.2:
            grad.flat[draw.randint(grad.size)] = np.asarray(draw.choice(NUMBERS)).astype(dtype)
        made.append(np.asfortranarray(grad) if draw.rand() < 0.3 else grad)
    return made


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**31),
    st.lists(
        st.tuples(
            st.lists(st.integers(0, len(SHAPES) - 1), max_size=5),
            st.sampled_from(["float32", "float64", "float16", "int32"]),
            st.booleans(),
        ),
        max_size=4,
    ),
    st.sampled_from([20, 10**6]),
)
def test_many_are_added_up_as_one_is_also_in_memory_that_was_used(
    seed: int, steps: list[tuple[list[int], str, bool]], most: int
) -> None:
    draw, adder = np.random.RandomState(seed), Adder()
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(rounding, "MOST", most)
        for shapes, dtype, mixed in steps:
            dtypes = [dtype, "float32" if mixed else dtype, *[dtype] * 4]
            grads = gradients(draw, dtypes, shapes)
            before = [grad.copy() for grad in grads]
            sums, errors = adder.add(grads)
            expected = np.array([add_up(grad) for grad in grads]).reshape(len(grads), 2).T
            np.testing.assert_array_equal(sums, expected[0])
            np.testing.assert_allclose(errors, expected[1], rtol=1e-5)
            for grad, old in zip(grads, before, strict=True):
                np.testing.assert_array_equal(grad, old)


def test_an_adder_without_gradients_adds_up_nothing() -> None:
    assert Adder().add([]).shape == (2, 0)
