"""The random stream: seeds, states that round-trip, and states that are invalid."""

from __future__ import annotations

import json

import numpy as np
import pytest

import fineopt.random as random


def test_the_stream_is_numpys_frozen_one() -> None:
    random.seed(0)
    assert random.generator().permutation(10).tolist() == [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]
    random.seed(2**32 - 1)
    random.seed(np.int64(0))
    assert random.generator().uniform() == 0.5488135039273248


def test_seed_keeps_the_object_and_none_uses_entropy() -> None:
    stream = random.generator()
    random.seed(3)
    first = stream.uniform(size=4)
    random.seed(None)
    assert random.generator() is stream
    assert not np.array_equal(stream.uniform(size=4), first)


@pytest.mark.parametrize(
    ("seed", "error", "words"),
    [
        (True, TypeError, "bool"),
        (np.True_, TypeError, "bool"),
        (1.0, TypeError, "float"),
        ("1", TypeError, "'1'"),
        (-1, ValueError, "-1"),
        (2**32, ValueError, "4294967296"),
    ],
)
def test_an_invalid_seed_raises_and_changes_nothing(
    seed: object, error: type[Exception], words: str
) -> None:
    before = random.get_state()
    with pytest.raises(error, match=words):
        random.seed(seed)  # type: ignore[arg-type]
    assert_same(random.get_state(), before)


@pytest.mark.parametrize("through_json", [False, True])
def test_a_state_restores_the_stream(through_json: bool) -> None:
    random.seed(5)
    random.generator().normal(size=3)  # an odd number leaves a Gaussian in the cache
    state = random.get_state()
    expected = random.generator().normal(size=5)
    if through_json:
        state = json.loads(json.dumps(state | {"keys": state["keys"].tolist()}))
    random.set_state(state)
    np.testing.assert_array_equal(random.generator().normal(size=5), expected)


def test_the_state_is_a_copy() -> None:
    state = random.get_state()
    state["keys"][:] = 0
    assert random.get_state()["keys"].any()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"keys": [1, 2]}, ValueError, r"624 integers, got shape \(2,\)"),
        ({"keys": np.zeros(624)}, ValueError, "float64"),
        ({"keys": [2**32] * 624}, ValueError, "32-bit"),
        ({"keys": [-1] * 624}, ValueError, "32-bit"),
        ({"position": 625}, ValueError, "'position' in 0 .. 624"),
        ({"position": 1.5}, ValueError, "'position' .* must be an integer, got 1.5"),
        ({"has_gauss": 2}, ValueError, "'has_gauss' 0 or 1"),
        ({"cached_gaussian": "x"}, ValueError, "'cached_gaussian'"),
        ({"cached_gaussian": np.array([0.5])}, ValueError, "'cached_gaussian' .* finite number"),
        ({"cached_gaussian": [[1], [1, 2]]}, ValueError, "'cached_gaussian' .* finite number"),
        ({"position": np.array([1])}, ValueError, "'position' .* must be an integer"),
    ],
)
def test_an_invalid_state_raises_and_changes_nothing(
    change: dict[str, object], error: type[Exception], words: str
) -> None:
    before = random.get_state()
    with pytest.raises(error, match=words):
        random.set_state(before | change)
    assert_same(random.get_state(), before)


def test_an_incomplete_state_names_what_is_missing() -> None:
    with pytest.raises(KeyError, match="lacks position, cached_gaussian"):
        random.set_state({"keys": [0] * 624, "has_gauss": 0})


def assert_same(one: dict[str, object], other: dict[str, object]) -> None:
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)
