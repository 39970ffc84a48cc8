"""The state of the random stream before each step, which is copied only if it may be another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt import random, stream
from fineopt.atomic import commit

Action = Callable[[np.random.RandomState], object]


def same_words_other_gauss(generator: np.random.RandomState) -> None:
    """Set a state that differs from the present one in nothing but the Gaussian that it keeps."""
    name, keys, position, has_gauss, _ = generator.get_state()
    generator.set_state((name, keys, position, 1 - has_gauss, 0.5))


ACTIONS: dict[str, Action] = {
    "uniform": lambda g: g.uniform(),
    "normal": lambda g: g.normal(),
    "normals": lambda g: g.normal(size=3),
    "permutation": lambda g: g.permutation(7),
    "seed": lambda g: random.seed(3),
    "state": lambda g: random.set_state(random.get_state()),
    "gauss": same_words_other_gauss,
    "nothing": lambda g: None,
}


def expect_same(one: Any, other: Any) -> None:
    assert one[0] == other[0] and one[2:4] == other[2:4]
    assert not one[3] or one[4] == other[4]  # the Gaussian that is kept, if any
    np.testing.assert_array_equal(one[1], other[1])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=12), st.data())
def test_a_captured_state_is_that_of_the_stream(actions: list[str], data: st.DataObject) -> None:
    random.seed(1)
    generator, taken = random.generator(), []
    for action in actions:
        ACTIONS[action](generator)
        expect_same(stream.captured(), generator.get_state())
        taken.append((stream.captured(), generator.get_state()))
        if data.draw(st.booleans()):
            captured, state = data.draw(st.sampled_from(taken))
            commit(stream.restoring(captured))
            expect_same(generator.get_state(), state)
            expect_same(stream.captured(), state)


def test_a_state_is_copied_once_while_nobody_draws() -> None:
    random.seed(1)
    first = stream.captured()
    assert stream.captured() is first
    random.generator().uniform()
    assert stream.captured() is not first


@pytest.mark.parametrize("words", [None, b"other"])
def test_without_known_words_each_state_is_copied(
    words: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_words", lambda: words)
    random.seed(1)
    random.generator().uniform()
    expect_same(stream.captured(), random.generator().get_state())
