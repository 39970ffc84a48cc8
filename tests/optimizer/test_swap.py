"""Another optimizer for one group, in the middle of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fineopt.optimizer import SGD, Adam, LinearLR, MultipleOptimizer
from fineopt.optimizer.registry import OPTIMIZERS, registered_name
from fineopt.optimizer.schedules.named import SCHEDULES, make_schedule
from fineopt.optimizer.swap import swap
from fineopt.tensor import Parameter, Tensor


def optimizer(**settings: Any) -> SGD:
    conv = {"params": [Parameter([1.0]), Parameter([2.0])], "name": "conv"}
    return SGD(
        [conv, {"params": [Parameter([3.0])], "lr": 0.01, "name": "fc"}], lr=0.05, **settings
    )


def grads(opt: Any, value: float = 1.0) -> None:
    for p in opt.parameters():
        p.grad = Tensor(np.full(p.shape, value))


def test_the_live_dicts_stay_and_only_one_group_changes_its_rule() -> None:
    sgd = optimizer(momentum=0.9)
    conv, fc = sgd.param_groups
    params = fc["params"]
    both = swap(sgd, "fc", Adam)
    assert both.param_groups[0] is conv
    assert both.param_groups[1] is fc
    assert fc["params"] is params
    assert (fc["name"], fc["lr"], fc["betas"]) == ("fc", 0.01, (0.9, 0.999))
    assert "momentum" not in fc
    assert conv["momentum"] == 0.9
    assert [registered_name(both, i) for i in (0, 1)] == ["SGD with momentum", "Adam"]


def test_the_other_group_goes_on_with_its_momentum_as_if_nothing_happened() -> None:
    left, right = optimizer(momentum=0.9), optimizer(momentum=0.9)
    for one in (left, right):
        grads(one)
        one.step()
    both = swap(left, "fc", Adam)
    for one in (both, right):
        grads(one, 0.5)
        one.step()
    for p, q in zip(both.param_groups[0]["params"], right.param_groups[0]["params"], strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())


def test_the_swapped_group_begins_as_a_new_optimizer_would() -> None:
    sgd = optimizer(momentum=0.9)
    grads(sgd)
    sgd.step()
    fc = sgd.param_groups[1]["params"][0]
    alone = Parameter(fc.numpy())
    both, adam = swap(sgd, "fc", Adam, lr=0.2), Adam([alone], lr=0.2)
    for one in (both, adam):
        grads(one, 0.3)
        one.step()
    np.testing.assert_array_equal(fc.numpy(), alone.numpy())


def test_every_rule_takes_over_from_every_other_and_steps() -> None:
    opt: Any = optimizer()
    for name, info in [*OPTIMIZERS.items(), *reversed(OPTIMIZERS.items())]:
        opt = swap(opt, "conv", info.optimizer, **info.settings)
        assert registered_name(opt, "conv") == name
        assert len(opt.opts) == 2
        grads(opt)
        opt.step()
    assert opt.param_groups[0]["lr"] == 0.05


def test_several_optimizers_are_swapped_too() -> None:
    several = MultipleOptimizer(optimizer(), Adam([Parameter([5.0])], lr=0.1))
    swapped = swap(several, 2, SGD)
    assert [type(opt) for opt in swapped.opts] == [SGD, SGD, SGD]
    assert swapped.param_groups[2] is several.param_groups[2]


def test_a_schedule_of_the_optimizer_before_still_steers_the_groups() -> None:
    sgd = optimizer()
    schedule = LinearLR(sgd, total_epochs=2)
    both = swap(sgd, "fc", Adam)
    schedule.step()
    assert [group["lr"] for group in both.param_groups] == [0.025, 0.005]


@pytest.mark.parametrize(
    ("group", "settings", "error"),
    [
        ("fcc", {}, "did you mean 'fc'"),
        ("fc", {"lr": -1}, "lr must be at least 0"),
        ("fc", {"betas": 3}, "betas"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    group: str, settings: dict[str, Any], error: str
) -> None:
    sgd = optimizer()
    before = [dict(g) for g in sgd.param_groups]
    with pytest.raises((KeyError, TypeError, ValueError), match=error):
        swap(sgd, group, Adam, **settings)
    assert [dict(g) for g in sgd.param_groups] == before


def test_an_emptied_group_is_not_swapped() -> None:
    sgd = optimizer()
    sgd.param_groups[1]["params"].clear()
    with pytest.raises(ValueError, match="no parameters left"):
        swap(sgd, "fc", Adam)
    swap(sgd, "conv", Adam).step()  # the others can be


# --- schedules by name -------------------------------------------------------------------------


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


def test_another_schedule_starts_from_the_lrs_as_they_are_now() -> None:
    sgd = optimizer()
    make_schedule(sgd, "linear, each its own", 4).step(2)
    schedule = make_schedule(sgd, "cosine", 4)
    assert schedule.base_lrs == [0.025, 0.005]


def test_a_schedule_that_cannot_be_leaves_the_one_before() -> None:
    sgd = optimizer()
    make_schedule(sgd, "cosine", 4)
    before = [dict(group) for group in sgd.param_groups]
    with pytest.raises(ValueError, match="at least 1"):
        make_schedule(sgd, "cosine", 0)
    with pytest.raises(KeyError, match="did you mean 'cosine'"):
        make_schedule(sgd, "cosin", 3)
    assert [dict(group) for group in sgd.param_groups] == before
    assert set(SCHEDULES) > {"step", "cosine"}
