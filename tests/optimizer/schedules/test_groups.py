"""Schedules of some groups, of groups added later, and of more than one optimizer."""

from __future__ import annotations

import pytest

from fineopt import Parameter
from fineopt.optimizer import (
    SGD,
    Adam,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultipleOptimizer,
    StepLR,
)

from ..cases import parameters, set_gradients
from .samples import every_schedule, lrs, sgd


@every_schedule
def test_a_group_added_later_joins_with_its_own_lr_as_base(make):
    opt = sgd(1.0)
    schedule = make(opt)
    schedule.step()
    opt.add_param_group({"params": [Parameter([0.0])], "lr": 0.25})
    assert lrs(opt)[1] == 0.25
    schedule.step()
    assert schedule.base_lrs == [1.0, 0.25]
    assert lrs(opt)[1] == lrs(opt)[0] * 0.25


def test_one_rule_per_group():
    opt = sgd(1.0, 1.0, 1.0)
    LambdaLR(opt, [lambda t: 0.5**t, lambda t: 1 + t, lambda t: 1.0]).step()
    assert lrs(opt) == [0.5, 2.0, 1.0]

    opt = sgd(1.0, 1.0, 1.0)
    opt.param_groups[1]["name"] = "fc"
    parts = [ExponentialLR(opt, 0.5, groups=[0]), LinearLR(opt, 4, groups="fc")]
    for part in parts:
        part.step()
    assert lrs(opt) == [0.5, 0.75, 1.0]
    assert [part.governed for part in parts] == [[0], [1]]
    assert [part.get_lr() for part in parts] == [[0.5], [0.75]]


def test_a_group_added_later_is_not_governed_by_a_schedule_of_chosen_groups():
    for make in (
        lambda o: ExponentialLR(o, 0.5, groups=[0]),
        lambda o: LambdaLR(o, [lambda t: 0.5**t]),
    ):
        opt = sgd(1.0)
        schedule = make(opt)
        opt.add_param_group({"params": [Parameter([0.0])], "lr": 0.25})
        schedule.step()
        assert lrs(opt) == [0.5, 0.25]


@every_schedule
def test_multiple_optimizers(make):
    a, b = Parameter([0.0]), Parameter([0.0])
    both = MultipleOptimizer(SGD([a], lr=1.0), Adam([b], lr=0.25))
    schedule = make(both)
    alone = sgd(1.0, 0.25)
    twin = make(alone)
    for _ in range(4):
        assert lrs(both) == lrs(alone)
        schedule.step()
        twin.step()


def test_a_group_added_to_the_first_optimizer_shifts_nothing():
    both = MultipleOptimizer(SGD([Parameter([0.0])], lr=1.0), Adam([Parameter([0.0])], lr=1.0))
    schedule = LambdaLR(both, [lambda t: 0.5**t, lambda t: 0.25**t])
    both.add_param_group({"params": Parameter([0.0]), "lr": 1.0}, 0)
    schedule.step()
    assert lrs(both) == [0.5, 1.0, 0.25]

    both = MultipleOptimizer(SGD([Parameter([0.0])], lr=0.5), Adam([Parameter([0.0])], lr=1.0))
    second = StepLR(both, 1, 0.1, groups=[1])
    both.add_param_group({"params": Parameter([0.0]), "lr": 1.0}, 0)
    second.step()
    assert lrs(both) == [0.5, 1.0, pytest.approx(0.1)]


def test_a_frozen_group_under_a_schedule_does_not_move():
    params = parameters()
    opt = SGD([{"params": params[:2]}, {"params": params[2:]}], lr=0.1, momentum=0.9)
    schedule = CosineAnnealingLR(opt, 4)
    opt.param_groups[1]["lr"] = 0.0
    before = [p.numpy().tobytes() for p in params]
    for t in range(1, 4):
        set_gradients(params, t)
        opt.step()
        schedule.step()
    moved = [p.numpy().tobytes() != b for p, b in zip(params, before, strict=True)]
    assert moved == [True, True, False, False]
