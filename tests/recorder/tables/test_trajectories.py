"""Trajectories keep some elements of each parameter, at even strides of steps."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recorder.samples import record, train, values


def test_at_most_keep_elements_are_kept() -> None:
    made = record(keep=5)
    np.testing.assert_array_equal(made.kept_indices("fc.weight"), [0, 10, 20, 29, 39])
    np.testing.assert_array_equal(made.kept_indices("conv.bias"), [0, 1, 2])
    weight = np.arange(40.0).reshape(8, 5).T  # transposed memory: the indices refer to C order
    made.add_step(0.0, [0, 0], {**values(0), "fc.weight": weight}, values(0))
    np.testing.assert_array_equal(
        made.trajectory("fc.weight")[-1], weight.ravel()[[0, 10, 20, 29, 39]]
    )


@settings(max_examples=60, deadline=None)
@given(steps=st.integers(0, 400), limit=st.integers(4, 30))
def test_thinning(steps: int, limit: int) -> None:
    made = train(record(samples=limit), steps)
    kept = made.trajectory_steps
    assert len(kept) <= limit
    assert kept[0] == 0
    assert kept[-1] == steps
    assert (np.diff(kept) > 0).all()
    assert len(set(np.diff(kept[:-1]))) <= 1  # even strides, up to the newest
    assert len(kept) >= min(steps + 1, limit // 2)
    np.testing.assert_array_equal(made.trajectory("loose")[:, 0], kept)


def test_a_long_run_is_small() -> None:
    made = record(samples=100)
    train(made, 5000, epoch=50)
    assert len(made.trajectory_steps) <= 100
    state = made.state_dict()["arrays"]
    assert len(state["samples"]) + 1 <= 101
    assert len(state["norms"]) <= 100
    assert len(state["histograms"]) <= 64


def test_some_of_the_kept_elements() -> None:
    made = train(record(keep=5, samples=8), 21)  # the newest is not on the stride
    whole = made.trajectory("fc.weight")
    for which in (np.array([4, 0, 0]), np.array([-1]), np.arange(5), np.empty(0, int)):
        some = made.trajectory("fc.weight", which)
        np.testing.assert_array_equal(some, whole[:, which])
        some[:] = 99
    np.testing.assert_array_equal(made.trajectory("fc.weight"), whole)  # they were copies
    with pytest.raises(IndexError):
        made.trajectory("fc.weight", np.array([5]))
    with pytest.raises(KeyError, match=r"fc\.weigth"):
        made.trajectory("fc.weigth", np.array([0]))


HAPPENINGS = ("train", "read", "keep", "back", "restart")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 9)), max_size=20))
def test_some_elements_are_those_of_the_record_whatever_happened_between_two_reads(
    happenings: list[tuple[str, int]],
) -> None:
    made, kept = record(keep=5, samples=8), list[dict[str, Any]]()
    numbers = count(1)  # no two steps have the same values, also after a rewind
    for what, number in [*happenings, ("train", 3), ("read", 9)]:
        if what == "train":
            for _ in range(number):
                made.add_step(1.0, (0.1, 0.01), values(next(numbers)), values(1))
        elif what == "keep":
            kept.append(made.state_dict())
        elif what == "back" and kept:  # to as many rows as there are, to fewer or more
            made.load_state_dict(kept[number % len(kept)])
        elif what == "restart":
            made.restart(values(next(numbers)))
        elif what == "read":
            whole = made.trajectory("fc.weight")
            for i in range(number + 1):  # with 9, more sets than are kept
                which = np.array([i % 5, i // 2])
                some = made.trajectory("fc.weight", which)
                np.testing.assert_array_equal(some, whole[:, which])
                some[:] = 99  # a copy
