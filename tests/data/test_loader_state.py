"""A loader restored at any point yields the same batches as an uninterrupted one."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fineopt.random
from fineopt.data import DataLoader, RandomSampler, Sampler, SequentialSampler
from fineopt.data.dataset import ArrayDataset

EPOCHS = 3


def make(
    length: int = 23, batch_size: int = 4, drop_last: bool = False, seed: Any = 0
) -> DataLoader:
    dataset = ArrayDataset(np.arange(length))
    return DataLoader(dataset, RandomSampler(dataset, batch_size, drop_last, seed=seed))


def run(loader: DataLoader, epochs: int) -> list[list[list[int]]]:
    return [[labels.tolist() for (labels,) in loader] for _ in range(epochs)]


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """Save and load a state as an npz without pickle."""
    file = io.BytesIO()
    np.savez(file, **flat(state))
    file.seek(0)
    back: dict[str, Any] = {}
    with np.load(file, allow_pickle=False) as arrays:
        for path, value in arrays.items():
            *folders, name = path.split("|")
            place = back
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = value if value.ndim else value.item()
    return back


def flat(state: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in state.items():
        path = prefix + name
        out |= flat(value, f"{path}|") if isinstance(value, dict) else {path: value}
    return out


@given(
    length=st.integers(1, 30),
    batch_size=st.integers(1, 8),
    drop_last=st.booleans(),
    seed=st.none() | st.integers(0, 2**32 - 1),
    stop=st.integers(0, 30),
    elsewhere=st.booleans(),
)
def test_a_restored_loader_yields_the_same_batches(
    length: int, batch_size: int, drop_last: bool, seed: int | None, stop: int, elsewhere: bool
) -> None:
    if drop_last:
        batch_size = min(batch_size, length)
    fineopt.random.seed(11)
    expected = run(make(length, batch_size, drop_last, seed), EPOCHS)

    fineopt.random.seed(11)
    loader = make(length, batch_size, drop_last, seed)
    run(loader, 1)
    iterator = iter(loader)
    stop = min(stop, len(loader))
    begun = [next(iterator)[0].tolist() for _ in range(stop)]
    state = stored(loader.state_dict())
    run(loader, 2)  # must not affect the restored state
    fineopt.random.generator().normal(size=5)
    if elsewhere:
        loader = make(length, batch_size, drop_last, seed)
    loader.load_state_dict(state)
    rest, after = run(loader, 2)
    assert begun + rest == expected[1]
    assert after == expected[2]


def test_between_epochs_and_from_the_start() -> None:
    for seed in (None, 0):
        loader = make(seed=seed)
        start = loader.state_dict()
        assert "position" not in start
        first, second = run(loader, 2)
        between = loader.state_dict()
        third = run(loader, 1)
        loader.load_state_dict(between)
        assert run(loader, 1) == third
        loader.load_state_dict(start)
        assert run(loader, 3) == [first, second, *third]


def test_no_batch_is_left_right_after_the_last() -> None:
    loader = make()
    expected = run(loader, 2)
    loader.reset()
    for _, _batch in zip(range(len(loader)), loader, strict=False):
        pass
    loader.load_state_dict(loader.state_dict())
    assert run(loader, 2) == [[], expected[1]]


def test_reset_returns_to_the_first_epoch() -> None:
    loader = make()
    expected = run(loader, 2)
    next(iter(loader))
    loader.load_state_dict(loader.state_dict())
    loader.reset()
    assert run(loader, 2) == expected


def test_an_existing_iterator_keeps_its_epoch() -> None:
    loader = make()
    (expected,) = run(loader, 1)
    loader.reset()
    old = iter(loader)
    next(old)
    state = loader.state_dict()
    loader.load_state_dict(state)
    assert [labels.tolist() for (labels,) in old] == expected[1:]
    assert loader.state_dict()["position"] == 1
    assert run(loader, 1) == [expected[1:]]


def test_a_state_is_a_copy() -> None:
    loader = make()
    next(iter(loader))
    state = loader.state_dict()
    keys, order = state["sampler"]["rng"]["keys"].copy(), state["order"].copy()
    run(loader, 2)
    np.testing.assert_array_equal(state["sampler"]["rng"]["keys"], keys)
    np.testing.assert_array_equal(state["order"], order)
    loader.load_state_dict(state | {"order": order})
    expected = order[4:8].tolist()
    order[:] = 0
    assert run(loader, 1)[0][0] == expected


def test_only_unseeded_states_hold_the_global_stream() -> None:
    for loader, moves in ((make(seed=None), True), (make(seed=0), False)):
        state = loader.state_dict()
        after = fineopt.random.generator().uniform()
        loader.load_state_dict(state)
        assert (fineopt.random.generator().uniform() == after) is moves


class Rotating(Sampler):
    """A sampler that does not use the random stream."""

    draws = False
    turn = 0

    def sample(self) -> Any:
        self.turn += 1
        return np.roll(np.arange(len(self.dataset)), self.turn)


def test_the_order_of_a_custom_sampler_is_restored() -> None:
    dataset = ArrayDataset(np.arange(7))
    loader = DataLoader(dataset, Rotating(dataset, 2))
    (expected,) = run(loader, 1)
    loader = DataLoader(dataset, Rotating(dataset, 2))
    next(iter(loader))
    other = DataLoader(dataset, Rotating(dataset, 2))
    other.load_state_dict(loader.state_dict())
    assert run(other, 1) == [expected[1:]]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (make(length=24), "dataset_length is 23 here and 24 in the state; num_samples is 23"),
        (make(batch_size=5), "batch_size is 4 here and 5 in the state"),
        (make(drop_last=True), "drop_last is False here and True in the state"),
        (make(seed=1), "seed is '0' here and '1' in the state"),
        (make(seed=None), "seed is '0' here and 'none' in the state"),
        (
            DataLoader(ArrayDataset(np.arange(23)), SequentialSampler(range(23), 4)),
            "sampler is 'RandomSampler' here and 'SequentialSampler' in the state",
        ),
    ],
)
def test_the_state_of_another_loader_is_rejected(other: DataLoader, words: str) -> None:
    next(iter(other))
    state = other.state_dict()
    if "rng" not in state["sampler"]:
        state["sampler"]["rng"] = make().state_dict()["sampler"]["rng"]
    assert_rejected(state, ValueError, words)


GOOD = make()
next(iter(GOOD))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"order": [0] * 22}, ValueError, r"damaged: .* 23 integers, got shape \(22,\)"),
        ({"order": [0.0] * 23}, ValueError, "damaged: .* float64"),
        ({"order": [23] * 23}, ValueError, "damaged: .* index 23"),
        ({"position": 7}, ValueError, "position 7 in an epoch of 6 batches"),
        ({"position": -1}, ValueError, "position -1"),
        ({"position": 1.0}, ValueError, "damaged"),
        ({"sampler": {}}, KeyError, "lacks sampler, dataset_length"),
        (
            {"sampler": GOOD.state_dict()["sampler"] | {"rng": {}}},
            KeyError,
            "stream lacks keys, position",
        ),
    ],
)
def test_a_damaged_state_is_rejected(
    change: dict[str, Any], error: type[Exception], words: str
) -> None:
    assert_rejected(GOOD.state_dict() | change, error, words)


@pytest.mark.parametrize("name", ["sampler", "order", "position"])
def test_a_state_with_a_missing_key_is_rejected(name: str) -> None:
    state = GOOD.state_dict()
    del state[name]
    assert_rejected(state, KeyError, "the state of a loader has")


def assert_rejected(state: dict[str, Any], error: type[Exception], words: str) -> None:
    """Load a bad state in the middle of an epoch, which then continues unaffected."""
    expected = run(make(), 2)
    loader = make()
    iterator = iter(loader)
    begun = next(iterator)[0].tolist()
    with pytest.raises(error, match=words):
        loader.load_state_dict(state)
    assert [begun] + [labels.tolist() for (labels,) in iterator] == expected[0]
    assert run(loader, 1) == expected[1:]
