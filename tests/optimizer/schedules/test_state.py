"""Subclasses and states of schedules."""

from __future__ import annotations

import pytest

from fineopt.optimizer import (
    ExponentialLR,
    LRScheduler,
    MultiStepLR,
)

from .samples import every_schedule, lrs, sgd, warm_then_cosine


def test_a_subclass_that_overrides_get_lr_as_in_megengine():
    class Halving(LRScheduler):
        def __init__(self, optimizer, current_epoch=-1):
            self.by = 0.5
            super().__init__(optimizer, current_epoch)

        def get_lr(self):
            return [lr * self.by**self.current_epoch for lr in self.base_lrs]

    opt = sgd(1.0, 0.5)
    schedule = Halving(opt)
    schedule.step()
    assert lrs(opt) == [0.5, 0.25]
    with pytest.raises(NotImplementedError, match="LRScheduler does not implement factor"):
        LRScheduler(opt)


def test_resuming_needs_initial_lr_and_begins_the_next_epoch():
    opt = sgd(1.0, 0.5)
    with pytest.raises(KeyError, match=r"param group 0 .* has no 'initial_lr'.* from epoch 3"):
        MultiStepLR(opt, [2, 4], 0.5, current_epoch=3)
    assert lrs(opt) == [1.0, 0.5]
    for group in opt.param_groups:
        group["initial_lr"] = 2.0
    schedule = MultiStepLR(opt, [2, 4], 0.5, current_epoch=3)
    assert schedule.current_epoch == 4
    assert lrs(opt) == [0.5, 0.5]


# ---- state ----


@every_schedule
def test_a_restored_schedule_continues(make):
    opt, other = sgd(1.0, 0.5), sgd(1.0, 0.5)
    schedule, restored = make(opt), make(other)
    for _ in range(2):
        schedule.step()
    restored.load_state_dict(schedule.state_dict())
    for _ in range(4):
        assert lrs(other) == lrs(opt)
        schedule.step()
        restored.step()


def test_settings_are_in_the_state_as_in_megengine():
    schedule = MultiStepLR(sgd(), [2, 4], 0.5)
    assert schedule.state_dict() == {"milestones": (2, 4), "gamma": 0.5, "current_epoch": 0}
    schedule.load_state_dict({"milestones": [1], "gamma": 0.25, "current_epoch": 1})
    assert lrs(schedule.optimizer) == [0.25]
    assert schedule.milestones == (1,)


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ({"gamma": 0.5}, KeyError, "the state of ExponentialLR: 'current_epoch' is missing"),
        ({"current_epoch": 1}, KeyError, "the state of ExponentialLR: 'gamma' is missing"),
        (
            {"current_epoch": 1, "gama": 0.5},
            KeyError,
            "ExponentialLR has no setting 'gama'; did you mean 'gamma'?",
        ),
        ({"current_epoch": -3, "gamma": 0.5}, ValueError, "current_epoch must be at least 0"),
        ({"current_epoch": 1, "gamma": "x"}, TypeError, "gamma must be a number"),
        (3, TypeError, "ExponentialLR loads a dict"),
    ],
)
def test_an_invalid_state_raises_and_changes_nothing(state, error, message):
    schedule = ExponentialLR(sgd(), 0.5)
    schedule.step()
    with pytest.raises(error) as caught:
        schedule.load_state_dict(state)
    assert message in str(caught.value)
    assert schedule.state_dict() == {"current_epoch": 1, "gamma": 0.5}
    assert lrs(schedule.optimizer) == [0.5]


def test_an_invalid_state_of_a_sequence_changes_none_of_its_schedules():
    schedule = warm_then_cosine(sgd())
    schedule.step()
    state = schedule.state_dict()
    bad = dict(state, schedulers=[dict(s) for s in state["schedulers"]], milestones=[3, 5])
    bad["schedulers"][0]["start_factor"] = 0.9
    bad["schedulers"][2]["gamma"] = -1
    with pytest.raises(ValueError, match="gamma must be positive"):
        schedule.load_state_dict(bad)
    assert schedule.state_dict() == state
    with pytest.raises(ValueError, match="must have 3 schedulers"):
        schedule.load_state_dict({"current_epoch": 1, "milestones": [2, 4]})
