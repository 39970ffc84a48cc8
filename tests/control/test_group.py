"""Param groups: learning rate, hyperparameters, overriding, groups that come and go."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pytest

from fineopt.control.param_groups.groups import GroupControllers
from fineopt.optimizer import SGD, Adam, LinearLR, MultipleOptimizer
from fineopt.tensor import Parameter
from fineopt.widgets import GroupController
from tests.support.peers import import_torch


def sgd(**group: Any) -> SGD:
    return SGD([{"params": [Parameter(np.zeros((2, 3)))], "name": "conv", **group}], lr=0.05)


def test_a_group_describes_itself() -> None:
    group = GroupController(sgd(), 0)
    assert (group.label, group.rule, group.counts) == ("conv", "SGD", (1, 6))
    assert group.summary_text() == "learning rate 0.05"


def test_freezing_remembers_the_lr_and_unfreezing_restores_it() -> None:
    optimizer = sgd()
    group = GroupController(optimizer, 0)
    group.lr = 0.2
    group.frozen = True
    assert optimizer.param_groups[0]["lr"] == 0.0
    assert group.summary_text() == "frozen (was 0.2)"
    group.frozen = True  # twice is once
    group.frozen = False
    assert optimizer.param_groups[0]["lr"] == 0.2


def test_changes_made_in_code_are_seen() -> None:
    optimizer = sgd()
    group = GroupController(optimizer, 0)
    optimizer.param_groups[0]["lr"] = 0.3
    assert group.summary_text() == "learning rate 0.3"
    optimizer.param_groups[0]["lr"] = 0.0
    assert group.frozen
    group.frozen = False
    assert optimizer.param_groups[0]["lr"] == 0.3


def test_a_group_that_starts_frozen_can_be_unfrozen() -> None:
    group = GroupController(sgd(lr=0.0), 0)
    group.frozen = False
    assert group.lr == 0.01


@pytest.mark.parametrize("lr", [-1, float("nan"), float("inf"), "0.1", None, True])
def test_an_invalid_lr_raises_naming_the_group(lr: Any) -> None:
    optimizer = sgd()
    group = GroupController(optimizer, 0)
    with pytest.raises((TypeError, ValueError), match="'conv'"):
        group.lr = lr
    assert optimizer.param_groups[0]["lr"] == 0.05


def adam() -> Adam:
    return Adam([{"params": [Parameter(np.zeros((2, 3)))], "name": "conv"}], lr=0.05)


def test_every_other_hyperparameter_can_be_set() -> None:
    optimizer = adam()
    group = GroupController(optimizer, 0)
    assert group.settings == {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}
    group.set("betas", [0.5, 0.9])
    group.set("eps", np.float32(0.5))
    group.set("lr", 0.1)
    live = optimizer.param_groups[0]
    assert (live["betas"], live["eps"], live["lr"]) == ((0.5, 0.9), 0.5, 0.1)
    assert type(live["eps"]) is float


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("betas", (0.9, 1.0), "'conv'.*betas must be at least 0 and below 1"),
        ("betas", 0.9, "betas must be a pair"),
        ("eps", -1, "eps must be at least 0"),
        ("weight_decay", float("nan"), "weight_decay must be finite"),
        ("momentum", 0.9, "has no 'momentum'"),
        ("params", [], "has no 'params'"),
    ],
)
def test_a_value_that_the_optimizer_rejects_changes_nothing(
    name: str, value: Any, words: str
) -> None:
    optimizer = adam()
    before = dict(optimizer.param_groups[0])
    with pytest.raises((KeyError, TypeError, ValueError), match=words):
        GroupController(optimizer, 0).set(name, value)
    assert optimizer.param_groups[0] == before


def test_an_overridden_group_can_be_released() -> None:
    optimizer = adam()
    group = GroupController(optimizer, 0)
    schedule = LinearLR(optimizer, total_epochs=10)
    assert not group.held
    group.lr = 0.3
    schedule.step()
    assert (group.held, group.lr) == (True, 0.3)
    group.release()
    assert (group.held, group.lr) == (False, 0.05)
    schedule.step()
    assert group.lr == pytest.approx(0.04)


def test_groups_keep_their_controllers_when_others_come_before_them() -> None:
    sgd, other = SGD([Parameter([1.0])], lr=0.1), adam()
    groups = GroupControllers(lambda: several)
    several = MultipleOptimizer(sgd, other)
    first, second = groups.now()
    second.frozen = True
    sgd.add_param_group({"params": [Parameter([2.0])], "lr": 0.2})
    assert [group.index for group in groups.now()] == [0, 1, 2]
    assert groups.now()[0] is first
    assert groups.now()[2] is second
    assert (second.index, second.rule, second.summary_text()) == (2, "Adam", "frozen (was 0.05)")
    del sgd.param_groups[1]
    assert groups.now() == [first, second]


def test_any_changed_value_changes_the_state_key() -> None:
    optimizer = adam()
    groups = GroupControllers(lambda: optimizer)
    looks = [groups.state_key()]
    for key, value in [("lr", 0.1), ("eps", 0.1), ("name", "new")]:
        optimizer.param_groups[0][key] = value
        looks.append(groups.state_key())
    optimizer.param_groups[0]["params"].clear()
    looks.append(groups.state_key())
    assert all(a != b for a, b in pairwise(looks))
    assert groups.state_key() == looks[-1]


def test_any_optimizer_with_param_groups_works() -> None:
    class Foreign:
        param_groups: ClassVar = [
            {"params": [Parameter([1.0])], "lr": 0.1, "rho": 0.5, "many": (1.0, 2.0)}
        ]

    group = GroupController(Foreign(), 0)
    assert (group.rule, group.label, group.counts) == ("Foreign", "group 0", (1, 1))
    group.set("rho", 0.7)
    group.set("many", (0.0, 3.0))
    assert group.settings == {"rho": 0.7, "many": (0.0, 3.0)}
    for name, value in [("rho", "x"), ("rho", -1), ("many", (1.0, None))]:
        with pytest.raises((TypeError, ValueError), match=name):
            group.set(name, value)


def test_an_optimizer_of_pytorch_works() -> None:
    torch = import_torch()
    net = torch.nn.Linear(3, 2)
    groups = [{"params": [net.weight]}, {"params": [net.bias], "lr": 0.01}]
    optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    weight, bias = GroupControllers(lambda: optimizer).now()
    assert (weight.rule, weight.counts, bias.lr) == ("SGD", (1, 6), 0.01)
    assert weight.settings["momentum"] == 0.9
    assert "foreach" not in weight.settings
    bias.frozen = True
    weight.set("momentum", 0.0)
    before = net.bias.detach().clone(), net.weight.detach().clone()
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    assert torch.equal(net.bias, before[0])
    torch.testing.assert_close(net.weight.detach(), before[1] - 0.1)
