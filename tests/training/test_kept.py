"""What a train_func keeps between calls is found by name."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from fineopt.models import LeNet
from fineopt.training.states.kept import keeper, kept_by

STREAM = np.random.default_rng(0)
SCALE = np.ones(3)
count = 0


def plain(x: Any) -> Any:
    return x * SCALE


def default(x: Any, seen: list[Any] = []) -> Any:  # noqa: B006
    seen.append(x)


def keyword(x: Any, *, rng: Any = random.Random(0)) -> Any:  # noqa: B008
    return x * rng.random()


def drawing(x: Any) -> Any:
    return x + STREAM.normal()


def calling(x: Any) -> Any:
    return drawing(x) + calling(x)


def nested(x: Any) -> Any:
    return [STREAM.normal() for _ in x] + [(lambda: STREAM.normal())() for _ in x]


def counting(x: Any) -> Any:
    global count
    count += 1
    return x


def closure(kind: str) -> Callable[[Any], Any]:
    number, seen, scale = 0, [1], 3.0

    def assigns(x: Any) -> Any:
        nonlocal number
        number += 1
        return x

    def appends(x: Any) -> Any:
        seen.append(x)

    def reads(x: Any) -> Any:
        return x * scale

    def calls(x: Any) -> Any:
        return assigns(x)

    return {"assigns": assigns, "appends": appends, "reads": reads, "calls": calls}[kind]


class Loop:
    def __init__(self) -> None:
        self.calls, self.seen, self.rng = 0, [1], np.random.RandomState(0)

    def step(self, x: Any) -> Any:
        self.calls += 1
        return drawing(x)

    def __call__(self, x: Any) -> Any:
        return self.step(x)


class Stateful(Loop):
    def state_dict(self) -> dict[str, Any]:
        return {}


class Own(LeNet):
    def step(self, x: Any) -> Any:
        return self(x)


CASES: list[tuple[Any, list[str]]] = [
    (plain, []),
    (default, ["seen"]),
    (keyword, ["rng"]),
    (drawing, ["STREAM"]),
    (calling, ["STREAM"]),
    (nested, ["STREAM"]),
    (counting, ["count"]),
    (closure("assigns"), ["number"]),
    (closure("appends"), ["seen"]),
    (closure("reads"), []),
    (closure("calls"), ["number"]),
    (Loop(), ["seen", "rng"]),
    (Loop().step, ["seen", "rng", "STREAM"]),
    (Stateful(), []),
    (Stateful().step, []),
    (Own().step, []),
    (partial(default, 1), ["seen"]),
    (partial(plain, [1]), ["argument 0"]),
    (partial(keyword, rng=STREAM), ["rng"]),
    (abs, []),
]


@pytest.mark.parametrize(("function", "names"), CASES, ids=lambda x: getattr(x, "__name__", None))
def test_what_a_function_keeps(function: Any, names: list[str]) -> None:
    assert kept_by(function) == names


def test_the_keeper_of_a_method_is_its_object() -> None:
    loop = Loop()
    assert keeper(loop.step) is loop and keeper(loop) is loop and keeper(plain) is plain
