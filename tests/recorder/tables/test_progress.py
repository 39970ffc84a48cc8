"""Steps as epochs: only the epochs in question are read, with the same result to the bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fineopt.atomic import commit
from fineopt.recorder.tables.progress import Progress


@given(
    lengths=st.lists(st.integers(1, 6), max_size=12),
    more=st.integers(0, 9),
    length=st.integers(1, 6),
    steps=st.lists(st.integers(-3, 90) | st.floats(0, 90) | st.just(np.nan), max_size=8),
)
def test_steps_are_evenly_spaced_within_an_epoch(
    lengths: list[int], more: int, length: int, steps: list[float]
) -> None:
    progress = Progress()
    for count in [*lengths, more]:
        for _ in range(count):
            commit(progress.loss.appended(1.0))
        if len(progress.epoch_ends) < len(lengths):
            commit(progress.ended(len(progress.loss), np.ones(1), None))
    ends = progress.epoch_ends.rows
    knots = np.concatenate([[0.0], ends, [sum(lengths) + max(length, more)]])
    expected = np.interp(np.array(steps, float), knots, np.arange(float(len(knots))))
    np.testing.assert_array_equal(progress.epochs_at(steps, length), expected)
    for step, place in zip(steps, expected, strict=True):
        np.testing.assert_array_equal(progress.epochs_at(step, length), place)
