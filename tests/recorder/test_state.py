"""A record restored from a state continues bit for bit."""

from __future__ import annotations

import copy
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fineopt
from fineopt.recorder import Record

from .samples import full, record, same, train, values


def fresh() -> Record:
    return Record({"conv.bias": 0, "fc.weight": 1, "loose": None}, ["conv", "fc"])


def random_run(made: Record, steps: int, seed: int) -> Record:
    """Record steps with random values, gradients and ends of epochs."""
    draw = np.random.RandomState(seed)
    for _ in range(steps):
        now = {name: draw.randn(*made.shape(name)) for name in made.parameters}
        grads = {name: value if draw.rand() < 0.9 else None for name, value in now.items()}
        made.add_step(draw.rand(), [0.1] * len(made.groups), now, grads)
        if draw.rand() < 0.2:
            made.end_epoch(draw.rand(), now, grads)
    return made


@settings(max_examples=60, deadline=None)
@given(
    steps=st.integers(0, 150),
    more=st.integers(0, 80),
    limit=st.integers(4, 30),
    saved=st.booleans(),
)
def test_a_restored_record_continues_bit_for_bit(
    steps: int, more: int, limit: int, saved: bool
) -> None:
    made = random_run(record(samples=limit), steps, seed=steps)
    state = made.state_dict()
    before = made.to_dict()
    random_run(made, more, seed=1)
    expected = made.to_dict()
    if saved:
        fineopt.save(state, file := io.BytesIO())
        state = fineopt.load(io.BytesIO(file.getvalue()))
    for other in (made, fresh()):  # rewound, and in another record
        other.load_state_dict(state)
        np.testing.assert_equal(other.to_dict(), before)
        random_run(other, more, seed=1)
        np.testing.assert_equal(other.to_dict(), expected)


def test_later_steps_do_not_change_a_state() -> None:
    made = train(record(samples=8), 9, epoch=4)
    states = [made.state_dict()]
    copies = [copy.deepcopy(states[0])]
    for seed in range(20):
        random_run(made, 7, seed)
        if seed % 3 == 0:
            made.load_state_dict(states[seed // 2])
        states.append(made.state_dict())
        copies.append(copy.deepcopy(states[-1]))
    np.testing.assert_equal(states, copies)
    for array in (*states[3]["arrays"].values(), *(states[3]["previous"] or ())):
        assert array.ndim == 0 or not array.flags.writeable or array.base is None


def test_groups_and_swaps_are_restored_and_runs_goes_up() -> None:
    made = train(record(), 2)
    made.add_swap(1, "SGD", "Adam")
    state, swaps = made.state_dict(), made.swaps
    made.add_group("late", ["loose"])
    made.add_swap(0, "SGD", "Lion")
    made.load_state_dict(state)
    assert made.groups == ["conv", "fc"]
    assert made.parameters["loose"] is None
    assert made.swaps == swaps
    assert made.runs == 2
    made.add_group("late", ["loose"])
    assert state["header"]["groups"] == ["conv", "fc"]


def test_a_record_that_is_not_started_has_a_state() -> None:
    made = full()
    made.load_state_dict(fresh().state_dict())
    assert not made.started
    made.start(values(0))
    assert same(train(made, 3), train(record(), 3))


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no header": ({"header": None}, "invalid state"),
    "a negative norm": ({"arrays": {"norms": -np.ones((2, 2, 3))}}, "norms"),
    "a step without a loss": ({"arrays": {"loss": np.zeros(8)}}, "expected"),
    "an unknown array": ({"arrays": {"extra": np.zeros(8)}}, "extra"),
    "other parameters": ({"header": {"parameters": {"a": 0}, "shapes": {"a": (2,)}}}, "expected"),
    "previous values": ({"previous": [np.zeros(1)]}, "previous values"),
    "a newest step": ({"arrays": {"samples_newest_step": np.array(3)}}, "samples_newest_step"),
    "steps off the stride": ({"arrays": {"samples_stride": np.array(2)}}, "samples_steps"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_an_invalid_state_is_rejected_and_changes_nothing(
    change: dict[str, Any], message: str
) -> None:
    made = train(record(), 9, epoch=4)
    state, before = made.state_dict(), made.to_dict()
    for key, value in change.items():
        state[key] = state[key] | value if isinstance(value, dict) else value
    with pytest.raises(ValueError, match=message):
        made.load_state_dict(state)
    np.testing.assert_equal(made.to_dict(), before)


@pytest.mark.parametrize("key", ["header", "arrays", "previous"])
def test_a_state_with_a_missing_entry_is_rejected(key: str) -> None:
    made = train(record(), 3)
    state = made.state_dict()
    del state[key]
    with pytest.raises(ValueError, match=f"missing '{key}'"):
        made.load_state_dict(state)


def test_the_state_of_another_network_is_rejected() -> None:
    other = Record({"a": 0}, ["all"])
    with pytest.raises(ValueError, match="parameters are"):
        record().load_state_dict(other.state_dict())
