"""Schedules by name."""

from __future__ import annotations

from typing import Any

import pytest

from fineopt.optimizer import SGD
from fineopt.optimizer.schedules.named import SCHEDULES, make_schedule
from fineopt.tensor import Parameter


def optimizer(**settings: Any) -> SGD:
    conv = {"params": [Parameter([1.0]), Parameter([2.0])], "name": "conv"}
    return SGD(
        [conv, {"params": [Parameter([3.0])], "lr": 0.01, "name": "fc"}], lr=0.05, **settings
    )


def lrs(opt: Any) -> list[float]:
    return [round(group["lr"], 6) for group in opt.param_groups]


@pytest.mark.parametrize(
    ("name", "halfway"),
    [
        ("linear, each its own", [0.025, 0.005]),
        ("linear, one lr for all", [0.025, 0.025]),
        ("step", [0.005, 0.001]),
        ("cosine", [0.025, 0.005]),
    ],
)
def test_schedules_by_name(name: str, halfway: list[float]) -> None:
    sgd = optimizer()
    schedule = make_schedule(sgd, name, 4)
    schedule.step(2)
    assert lrs(sgd) == halfway


def test_a_new_schedule_starts_from_the_current_lrs() -> None:
    sgd = optimizer()
    make_schedule(sgd, "linear, each its own", 4).step(2)
    schedule = make_schedule(sgd, "cosine", 4)
    assert schedule.base_lrs == [0.025, 0.005]


def test_an_invalid_schedule_leaves_the_previous_one() -> None:
    sgd = optimizer()
    make_schedule(sgd, "cosine", 4)
    before = [dict(group) for group in sgd.param_groups]
    with pytest.raises(ValueError, match="at least 1"):
        make_schedule(sgd, "cosine", 0)
    with pytest.raises(KeyError, match="did you mean 'cosine'"):
        make_schedule(sgd, "cosin", 3)
    assert [dict(group) for group in sgd.param_groups] == before
    assert set(SCHEDULES) > {"step", "cosine"}
