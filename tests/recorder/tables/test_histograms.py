"""Histograms of parameters and gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fineopt.recorder import Histogram
from tests.recorder.samples import record, train, values

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(max_examples=100, deadline=None)
@given(arrays(np.float32, st.integers(1, 50), elements=FLOATS))
def test_every_number_is_in_its_bin(numbers: np.ndarray) -> None:
    # A number negligible against the largest may fall on either side of 0.
    numbers[np.abs(numbers) < 1e-30 * float(np.abs(numbers).max())] = 0
    kept = Histogram.of(numbers)
    assert kept.counts.sum() == len(numbers)
    if not numbers.any():
        assert kept.limit == 0
        return
    assert kept.limit / 2 <= float(np.abs(numbers).max()) <= kept.limit
    exact = np.histogram(numbers.astype(np.float64), kept.edges)[0]
    np.testing.assert_array_equal(kept.counts, exact)


def test_values_that_are_not_finite_are_not_counted() -> None:
    kept = Histogram.of([np.nan, np.inf, -np.inf, 0.5])
    assert (kept.limit, kept.counts.sum()) == (1.0, 1)
    assert Histogram.of([np.nan]).counts.sum() == 0
    assert Histogram.of(np.arange(-3, 4)).counts.sum() == 7
    assert Histogram.of([1e300, -1.7e308]).counts.sum() == 2


def test_one_histogram_per_epoch_and_per_gradient() -> None:
    made = record()
    for epoch in range(3):
        now, none = values(epoch + 1), dict.fromkeys(values(1))
        grads = {**none, "fc.weight": np.ones((5, 8))} if epoch != 1 else none
        train(made, 1)
        made.end_epoch(None, now, grads)
    assert [kept.epoch for kept in made.histograms("loose")] == [0, 1, 2, 3]
    assert [kept.epoch for kept in made.histograms("fc.weight", gradients=True)] == [1, 3]
    assert made.histograms("loose", gradients=True) == []
    with pytest.raises(ValueError, match="missing names"):
        train(made, 1).end_epoch(None, {}, {})


@pytest.mark.parametrize("epochs", [10, 63, 64, 65, 300])
def test_the_number_of_histograms_is_bounded(epochs: int) -> None:
    made = record(keep=1)
    for _ in range(epochs):
        train(made, 1)
        made.end_epoch(None, values(1), values(1))
    kept = [one.epoch for one in made.histograms("loose")]
    assert len(kept) <= 64
    assert len(kept) >= min(epochs, 32)
    assert (kept[0], kept[-1]) == (0, epochs)
