"""Properties of all schedules with any settings: finite lrs, restored states, atomic errors."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fineopt.optimizer import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
    WarmupLR,
)

from .samples import lrs, sgd

COUNTS = st.integers(1, 6) | st.sampled_from([1, 10**6])
FACTORS = st.floats(0, 1e6) | st.sampled_from([0.0, 1.0])
ABOVE_0 = st.floats(1e-6, 1e6) | st.just(1.0)
MILESTONES = st.lists(st.integers(0, 6), max_size=3).map(sorted)
KINDS: dict[Any, dict[str, Any]] = {
    StepLR: {"step_size": COUNTS, "gamma": st.floats(1e-6, 10)},
    MultiStepLR: {"milestones": MILESTONES, "gamma": ABOVE_0},
    ExponentialLR: {"gamma": st.floats(1e-6, 10)},
    LinearLR: {"total_epochs": COUNTS, "start_factor": FACTORS, "end_factor": FACTORS},
    CosineAnnealingLR: {"T_max": COUNTS, "end_factor": FACTORS},
    WarmupLR: {"warmup_epochs": st.just(0) | COUNTS, "start_factor": FACTORS},
    OneCycleLR: {
        "total_steps": COUNTS,
        "pct_start": st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0]),
        "div_factor": ABOVE_0,
        "final_div_factor": ABOVE_0,
    },
}
SIMPLE = st.sampled_from(list(KINDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.fixed_dictionaries(KINDS[kind]))
)


@st.composite
def sequences(draw: Any) -> Any:
    parts = draw(st.lists(SIMPLE, min_size=1, max_size=3))
    size = len(parts) - 1
    return SequentialLR, parts, draw(st.lists(st.integers(0, 5), min_size=size, max_size=size))


PLANS = SIMPLE | sequences()


def make(plan: Any, optimizer: Any) -> LRScheduler:
    if len(plan) == 2:
        return plan[0](optimizer, **plan[1])
    return SequentialLR(optimizer, [make(part, optimizer) for part in plan[1]], sorted(plan[2]))


def everything(schedule: LRScheduler) -> Any:
    groups = schedule.optimizer.param_groups
    return copy.deepcopy(schedule.state_dict()), [
        {key: value for key, value in group.items() if key != "params"} for group in groups
    ]


@given(PLANS, st.integers(0, 9), st.integers(1, 9))
def test_lrs_are_finite_and_a_restored_schedule_continues(plan: Any, done: int, more: int) -> None:
    schedule, twin = make(plan, sgd(1.0, 0.5)), make(plan, sgd(1.0, 0.5))
    for _ in range(done):
        schedule.step()
    twin.load_state_dict(schedule.state_dict())
    for _ in range(more):
        assert lrs(twin.optimizer) == lrs(schedule.optimizer)
        assert all(math.isfinite(lr) and lr >= 0 for lr in lrs(schedule.optimizer))
        schedule.step()
        twin.step()
    assert everything(twin) == everything(schedule)


@given(PLANS, st.integers(10, 10**9))
def test_the_lr_is_constant_after_the_end(plan: Any, later: int) -> None:
    assume(len(plan) == 2 and plan[0] not in (StepLR, ExponentialLR))
    schedule = make(plan, sgd(1.0))
    schedule.step(10**9)
    last = lrs(schedule.optimizer)
    schedule.step(10**9 + later)
    assert lrs(schedule.optimizer) == last


BAD = [None, "x", -1, -0.5, True, math.nan, math.inf, 1j, [1, 0], [0.5], {}, 10**400, object()]


@given(PLANS, st.integers(0, 5), st.data())
def test_an_invalid_state_is_a_value_error_and_changes_nothing(
    plan: Any, done: int, data: Any
) -> None:
    schedule = make(plan, sgd(1.0, 0.5))
    for _ in range(done):
        schedule.step()
    before, state = everything(schedule), copy.deepcopy(schedule.state_dict())
    where = state
    while "schedulers" in where and where["schedulers"] and data.draw(st.booleans()):
        where = data.draw(st.sampled_from(where["schedulers"]))
    key = data.draw(st.sampled_from([*where, "unknown"]))
    if data.draw(st.booleans()) and key in where:
        del where[key]
    else:
        where[key] = data.draw(st.sampled_from(BAD))
    try:
        schedule.load_state_dict(state)
    except ValueError:
        assert everything(schedule) == before
        schedule.step()
    else:  # some of these are good for some settings
        assert all(math.isfinite(lr) and lr >= 0 for lr in lrs(schedule.optimizer))


@pytest.mark.parametrize("state", [None, 3, "state", [], [("current_epoch", 1)]])
def test_objects_that_are_not_a_state(state: Any) -> None:
    for plan in ((StepLR, {"step_size": 1}), (SequentialLR, [(StepLR, {"step_size": 1})], [])):
        schedule = make(plan, sgd())
        before = everything(schedule)
        with pytest.raises(ValueError, match="loads a dict as state_dict"):
            schedule.load_state_dict(state)
        assert everything(schedule) == before


@pytest.mark.parametrize("gamma", [10, 10.0])
def test_an_epoch_whose_lr_overflows_raises(gamma: float) -> None:
    schedule = ExponentialLR(sgd(), gamma)
    before = everything(schedule)
    for call in (
        lambda: schedule.load_state_dict({"current_epoch": 400, "gamma": gamma}),
        lambda: schedule.step(400),
    ):
        with pytest.raises(ValueError, match=r"ExponentialLR at epoch 400: .* too large"):
            call()
        assert everything(schedule) == before
    schedule.step()
    assert lrs(schedule.optimizer) == [10.0]


def test_a_sequence_with_an_invalid_state_changes_no_lr() -> None:
    opt = sgd(1.0, 0.5)
    parts = [WarmupLR(opt, 4, 0.5), ExponentialLR(opt, 10.0)]
    schedule = SequentialLR(opt, parts, [4])
    schedule.step()
    before, state = everything(schedule), schedule.state_dict()
    for bad in (
        state | {"current_epoch": 405},  # the last part's lr is too large
        state | {"milestones": [4, 5]},
        state | {"milestones": []},
        state | {"schedulers": [state["schedulers"][0] | {"start_factor": 0.1}, {"gamma": 1.0}]},
        state | {"schedulers": [state["schedulers"][0] | {"start_factor": 0.1}, 5]},
        state | {"schedulers": 5},
        {"current_epoch": 1},
    ):
        with pytest.raises(ValueError):
            schedule.load_state_dict(bad)
        assert everything(schedule) == before
