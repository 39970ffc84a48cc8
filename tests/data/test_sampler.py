from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fineopt.random
from fineopt.data import MapSampler, RandomSampler, Sampler, SequentialSampler

DATA = range(10)


@st.composite
def settings(draw: st.DrawFn) -> tuple[int, dict[str, Any]]:
    length = draw(st.integers(1, 50))
    drop_last = draw(st.booleans())
    batch_size = draw(st.integers(1, length if drop_last else length + 5))
    seed = draw(st.none() | st.integers(0, 2**32 - 1))
    return length, {"batch_size": batch_size, "drop_last": drop_last, "seed": seed}


@given(settings())
def test_each_epoch_has_each_index_once(case: tuple[int, dict[str, Any]]) -> None:
    length, arguments = case
    size, drop_last = arguments["batch_size"], arguments["drop_last"]
    sampler = RandomSampler(range(length), **arguments)
    for _ in range(2):
        batches = list(sampler)
        assert len(batches) == len(sampler)
        assert all(len(batch) == size for batch in batches[:-1])
        seen = sorted(index for batch in batches for index in batch)
        if drop_last:
            assert len(batches[-1]) == size
            assert len(seen) == length - length % size
            assert len(set(seen)) == len(seen)
        else:
            assert seen == list(range(length))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_a_seed_determines_all_epochs(seed: int, length: int) -> None:
    one, other = (RandomSampler(range(length), seed=seed) for _ in range(2))
    first = [list(one) for _ in range(3)]
    assert [list(other) for _ in range(3)] == first
    one.reset()
    assert [list(one) for _ in range(3)] == first


def test_the_order_is_that_of_numpy_s_frozen_stream() -> None:
    sampler = RandomSampler(DATA, batch_size=4, seed=0)
    assert list(sampler) == [[2, 8, 4, 9], [1, 6, 7, 3], [0, 5]]
    assert list(sampler) == [[3, 5, 1, 2], [9, 8, 0, 6], [7, 4]]


def test_without_a_seed_the_global_stream_is_used() -> None:
    sampler = RandomSampler(DATA, batch_size=10)
    fineopt.random.seed(0)
    assert list(sampler) == [[2, 8, 4, 9, 1, 6, 7, 3, 0, 5]]
    following = list(sampler)
    fineopt.random.seed(0)
    fineopt.random.generator().permutation(10)
    sampler.reset()  # has no effect without a seed
    assert list(sampler) == following


def test_a_seeded_sampler_leaves_the_global_stream_alone() -> None:
    before = fineopt.random.get_state()
    list(RandomSampler(DATA, seed=1))
    np.testing.assert_array_equal(fineopt.random.get_state()["keys"], before["keys"])


def test_only_some_indices() -> None:
    assert list(SequentialSampler(DATA, 2, indices=[7, 3, 3])) == [[7, 3], [3]]
    (batch,) = RandomSampler(DATA, 3, indices=[7, 3, 1], seed=0)
    assert sorted(batch) == [1, 3, 7]


def test_indices_are_copied_and_epochs_are_read_only() -> None:
    indices = np.array([0, 1, 2])
    sampler = SequentialSampler(DATA, 3, indices=indices)  # type: ignore[arg-type]
    indices[:] = 9
    assert list(sampler) == [[0, 1, 2]]
    with pytest.raises(ValueError, match="read-only"):
        sampler.epoch()[0] = 5


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, not 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be .*, not 2.0"),
        ({"batch_size": True}, TypeError, "batch_size .* bool"),
        ({"drop_last": 1}, TypeError, "drop_last must be True or False, got 1"),
        ({"batch_size": 11, "drop_last": True}, ValueError, "leaves no batch of 10 samples"),
        ({"dataset": []}, ValueError, "dataset is empty"),
        ({"indices": [0, 10]}, IndexError, "index 10 is out of range for a dataset of 10"),
        ({"indices": [0, -1]}, IndexError, "index -1"),
        ({"indices": [0.5]}, ValueError, "float64"),
        ({"indices": []}, ValueError, "num_samples must be at least 1"),
        ({"world_size": 2}, ValueError, "world_size=2"),
        ({"rank": 1}, ValueError, "rank=1"),
        ({"seed": -1}, ValueError, "-1"),
        ({"seed": 1.0}, TypeError, "float"),
    ],
)
def test_invalid_arguments_are_rejected(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        RandomSampler(**{"dataset": DATA} | arguments)


class Mine(Sampler):
    order: Any = ()

    def sample(self) -> Any:
        return self.order


def test_a_custom_sampler() -> None:
    sampler = Mine(DATA, batch_size=2, num_samples=3)
    sampler.order = [9, 0, 9]
    assert list(sampler) == [[9, 0], [9]]
    assert MapSampler is Sampler


@pytest.mark.parametrize(
    ("order", "error", "words"),
    [
        ([0, 1], ValueError, r"an epoch of Mine must be 3 integers, got shape \(2,\)"),
        ([0.0, 1.0, 2.0], ValueError, "float64"),
        ([0, 1, 10], IndexError, "Mine: index 10"),
    ],
)
def test_a_custom_sampler_with_an_invalid_order(
    order: list[float], error: type[Exception], words: str
) -> None:
    sampler = Mine(DATA, num_samples=3)
    sampler.order = order
    with pytest.raises(error, match=words):
        list(sampler)


def test_a_sequential_sampler_has_no_stream_in_its_state() -> None:
    assert "rng" not in SequentialSampler(DATA).state_dict()
    assert "rng" in RandomSampler(DATA).state_dict()
