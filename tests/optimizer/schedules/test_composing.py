"""Two schedules of the same group: one governs it, and the other suggests how to compose them."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from typing import Any

import pytest

from fineopt import Parameter
from fineopt.optimizer import (
    SGD,
    Adam,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultipleOptimizer,
    SequentialLR,
    StepLR,
    WarmupLR,
)
from fineopt.optimizer.swap import swap

from .samples import lrs, sgd

PAIRS: dict[str, Callable[[Any], tuple[LRScheduler, LRScheduler]]] = {
    "two classes": lambda o: (StepLR(o, 2), ExponentialLR(o, 0.9)),
    "one class twice": lambda o: (StepLR(o, 2), StepLR(o, 3)),
    "all, and one of them": lambda o: (StepLR(o, 2), ExponentialLR(o, 0.9, groups=[1])),
    "one, and all": lambda o: (StepLR(o, 2, groups=[0]), ExponentialLR(o, 0.9)),
    "overlapping": lambda o: (StepLR(o, 2, groups=[0, 1]), StepLR(o, 2, groups=[1, 2])),
    "functions": lambda o: (LambdaLR(o, [lambda e: 1.0] * 3), StepLR(o, 2)),
    "a sequence, and one": lambda o: (SequentialLR(o, [StepLR(o, 1)], []), StepLR(o, 2)),
    "two sequences": lambda o: (
        SequentialLR(o, [StepLR(o, 1)], []),
        SequentialLR(o, [StepLR(o, 1)], []),
    ),
    "of a MultipleOptimizer, and of one optimizer": lambda o: (
        StepLR(both := MultipleOptimizer(o, SGD([Parameter([0.0])], lr=1.0)), 2),
        StepLR(both.opts[0], 2),
    ),
    "of one optimizer, and of a MultipleOptimizer": lambda o: (
        StepLR(o, 2),
        StepLR(MultipleOptimizer(o, SGD([Parameter([0.0])], lr=1.0)), 2),
    ),
}


@pytest.mark.parametrize("make", PAIRS.values(), ids=PAIRS)
def test_the_older_one_raises_and_suggests_ways_to_compose(make: Any) -> None:
    opt = sgd(1.0, 0.5, 0.25)
    old, new = make(opt)
    before = [dict(group) for group in old.optimizer.param_groups], old.state_dict()
    for call in (
        old.step,
        old.check,
        lambda: old.step(5),
        lambda: old.load_state_dict(old.state_dict()),
        lambda: old.release(old.governed[-1]),
    ):
        with pytest.raises(ValueError) as caught:
            call()
        message = str(caught.value)
        for part in (
            f"{type(old).__name__} cannot set the lr of param group",
            f"a {type(new).__name__} created later governs it",
            "SequentialLR(optimizer, [first, second], milestones=[...])",
            "first.factor(epoch) * second.factor(epoch)",
            "groups=",
        ):
            assert part in message
        assert ([dict(g) for g in old.optimizer.param_groups], old.state_dict()) == before
    new.step()
    assert new.current_epoch == 1


def test_the_suggestions_work() -> None:
    opt = sgd(1.0, 0.5)
    first, second = StepLR(opt, 2, 0.1), ExponentialLR(opt, 0.5)
    product = LambdaLR(opt, lambda epoch: first.factor(epoch) * second.factor(epoch))
    product.step()
    product.step()
    assert lrs(opt) == pytest.approx([0.025, 0.0125])

    sequence = SequentialLR(opt, [first, second], milestones=[1])
    sequence.step(2)
    assert lrs(opt) == [0.5, 0.25]
    with pytest.raises(ValueError, match=r"StepLR cannot .* is part of a SequentialLR; step only"):
        first.step()

    opt = sgd(1.0, 0.5)
    parts = [StepLR(opt, 1, 0.1, groups=[0]), ExponentialLR(opt, 0.5, groups=[1])]
    for part in parts:
        part.step()
    assert lrs(opt) == [0.1, 0.25]


def test_an_older_one_resumes_after_the_newer_is_deleted_or_after_follow() -> None:
    opt = sgd(1.0)
    old, new = ExponentialLR(opt, 0.5), StepLR(opt, 1, 0.1)
    del new
    gc.collect()
    old.step()
    new = StepLR(opt, 1, 0.1)
    old.follow(opt)
    old.step()
    assert lrs(opt) == [0.25]
    with pytest.raises(ValueError, match=r"StepLR cannot .* ExponentialLR created later governs"):
        new.step()


@pytest.mark.parametrize(
    "fails",
    [
        lambda o: StepLR(o, 0),
        lambda o: LambdaLR(o, lambda epoch: -1.0),
        lambda o: LambdaLR(o, [abs]),
        lambda o: SequentialLR(o, [], []),
        lambda o: StepLR(o, 1, current_epoch=3, groups=[1]),
    ],
)
def test_a_constructor_that_raises_governs_nothing(fails: Any) -> None:
    opt = sgd(1.0, 0.5)
    schedule = ExponentialLR(opt, 0.5)
    del opt.param_groups[1]["initial_lr"]
    opt.param_groups[0]["lr"] = 0.3  # by hand: a new one would take it as its base
    before = [dict(group) for group in opt.param_groups]
    with pytest.raises((KeyError, TypeError, ValueError)):
        fails(opt)
    assert [dict(group) for group in opt.param_groups] == before
    schedule.step()
    assert lrs(opt) == [0.3, 0.25]


def test_a_group_that_is_removed_replaced_or_added_again() -> None:
    opt = sgd(1.0, 0.5)
    one, other = ExponentialLR(opt, 0.5, groups=[0]), ExponentialLR(opt, 0.1, groups=[1])
    gone = opt.param_groups.pop(1)
    one.step()
    other.step()  # governs nothing now
    assert (lrs(opt), other.governed) == ([0.5], [])
    opt.param_groups.append(gone)
    other.step()
    assert lrs(opt) == pytest.approx([0.5, 0.005])
    opt.param_groups[1] = {k: v for k, v in gone.items() if "lr" not in k} | {"lr": 2.0}
    other.step()
    assert lrs(opt) == [0.5, 2.0]
    everything = ExponentialLR(opt, 0.5)
    opt.param_groups[0] = dict(opt.param_groups[0])
    everything.step()
    assert lrs(opt) == [0.5, 1.0]


def test_a_schedule_still_governs_after_a_swap() -> None:
    opt = sgd(1.0, 0.5)
    schedule = ExponentialLR(opt, 0.5)
    both = swap(opt, 1, Adam)
    schedule.follow(both)
    schedule.step()
    assert lrs(both) == [0.5, 0.25]


def test_a_sequence_still_governs_after_a_swap() -> None:
    opt = sgd(1.0)
    schedule = SequentialLR(opt, [WarmupLR(opt, 2, 0.5), CosineAnnealingLR(opt, 2)], [2])
    schedule.follow(swap(opt, 0, Adam))
    schedule.step()
    assert lrs(schedule.optimizer) == [0.75]


def test_copies_govern_the_groups_of_their_own_copies() -> None:
    opt = sgd(1.0)
    old, new = ExponentialLR(opt, 0.5), LinearLR(opt, 4)
    twin = copy.deepcopy(new)
    twin.step()
    new.step()
    assert lrs(twin.optimizer) == lrs(opt) == [0.75]
    alone = copy.deepcopy(old)  # nobody else is there, in the copy
    alone.step()
    assert lrs(alone.optimizer) == [0.5]
