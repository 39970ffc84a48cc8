"""A ScheduleController: schedules chosen by name, overridden and released groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fineopt.optimizer import SGD, Adam, LinearLR, SequentialLR, StepLR
from fineopt.tensor import Parameter
from fineopt.training import Trainer
from fineopt.widgets import ScheduleController, TrainingController
from tests.support.small import make_trainer, rates


def test_a_schedule_is_chosen_by_name_and_stepped_epoch_by_epoch() -> None:
    trainer = make_trainer()
    schedule = ScheduleController(trainer)
    assert (schedule.name, schedule.epochs) == ("constant", None)
    schedule.choose("linear, each its own", 4)
    trainer.run(epochs=2)
    assert rates(trainer) == [0.05, 0.005]
    assert (schedule.name, schedule.epochs) == ("linear, each its own", 4)
    schedule.choose("constant")
    trainer.run(epochs=1)
    assert rates(trainer) == [0.05, 0.005]
    assert schedule.summary_text() == "each group keeps its learning rate"


def test_one_lr_for_all_loses_the_groups_ratio() -> None:
    trainer = make_trainer()
    ScheduleController(trainer).choose("linear, one lr for all", 4)
    trainer.run(epochs=1)
    assert rates(trainer) == [0.075, 0.075]


def test_an_lr_set_by_hand_wins_until_the_group_is_released() -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    controller.schedule.choose("linear, each its own", 4)
    controller.groups[0].lr = 0.3
    trainer.run(epochs=2)
    assert rates(trainer) == [0.3, 0.005]
    assert controller.schedule.summary_text().endswith("; set by hand: first")
    controller.schedule.release(controller.groups[0])
    assert rates(trainer) == [0.05, 0.005]  # at once where it would be
    trainer.run(epochs=1)
    assert rates(trainer) == [0.025, 0.0025]


def test_a_frozen_group_is_scheduled_from_the_lr_that_it_remembers() -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    controller.groups[0].frozen = True
    controller.schedule.choose("linear, one lr for all", 4)
    assert rates(trainer) == [0.0, 0.1]
    trainer.run(epochs=2)
    assert rates(trainer) == [0.0, 0.05]
    controller.groups[0].frozen = False  # goes on with the others
    trainer.run(epochs=1)
    assert rates(trainer) == [0.025, 0.025]


@pytest.mark.parametrize(("name", "epochs"), [("cosin", 4), ("cosine", 0), ("cosine", 1.5)])
def test_an_invalid_schedule_changes_nothing(name: str, epochs: Any) -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    controller.groups[0].frozen = True
    controller.schedule.choose("step", 3)
    before = trainer.schedule, [dict(group) for group in trainer.optimizer.param_groups]
    with pytest.raises((KeyError, TypeError, ValueError)):
        controller.schedule.choose(name, epochs)
    assert (trainer.schedule, [dict(g) for g in trainer.optimizer.param_groups]) == before


@pytest.mark.parametrize("swapped", [False, True])
def test_a_group_added_later_is_scheduled_too(swapped: bool) -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    controller.schedule.choose("linear, each its own", 4)
    if swapped:
        controller.optimizers.choose("first", "Adam")
    new = {"params": [Parameter([1.0])], "lr": 0.5, "name": "new"}
    opts = {"index": 0} if swapped else {}
    trainer.optimizer.add_param_group(new, **opts)
    trainer.run(epochs=2)
    named = {g.label: round(g.lr, 6) for g in controller.groups}
    assert named == {"first": 0.05, "last": 0.005, "new": 0.25}
    by_name = {g.label: g for g in controller.groups}
    by_name["new"].lr = 0.1  # overrides the schedule, until it is released
    controller.schedule.release(by_name["new"])
    assert round(by_name["new"].lr, 6) == 0.25
    controller.reset()
    controller.schedule.choose("linear, each its own", 4)
    trainer.run(epochs=2)
    assert rates(trainer) == [0.05, 0.005]


def test_parts_of_a_schedule_follow_a_swapped_optimizer_and_a_reset() -> None:
    trainer = make_trainer()
    first = trainer.optimizer
    parts = [LinearLR(first, 4), StepLR(first, 1, gamma=0.5)]
    schedule = SequentialLR(first, parts, milestones=[2])
    trainer = Trainer(trainer.net, first, trainer.dataloader, schedule=schedule)
    trainer.swap_optimizer("last", Adam)
    new = {"params": [Parameter([1.0])], "lr": 0.4, "name": "new"}
    trainer.optimizer.add_param_group(new, index=1)
    trainer.run(epochs=1)
    assert rates(trainer) == [0.075, 0.0075, 0.3]
    trainer.run(epochs=2)
    assert rates(trainer) == [0.05, 0.005, 0.2]
    trainer.reset()
    assert [part.optimizer for part in (schedule, *parts)] == [first] * 3
    trainer.run(epochs=1)
    assert rates(trainer) == [0.075, 0.0075]


def test_a_schedule_of_one_optimizer_does_not_follow_to_the_others() -> None:
    trainer = make_trainer()
    trainer.swap_optimizer("last", Adam)
    mine = trainer.optimizer.opts[0]
    trainer.schedule = LinearLR(mine, 4)
    trainer.swap_optimizer("last", SGD)
    assert trainer.schedule.optimizer is mine
    trainer.run(epochs=1)
    assert rates(trainer) == [0.075, 0.01]


def test_a_schedule_made_in_code_is_called_by_its_class() -> None:
    trainer = make_trainer()
    trainer.schedule = StepLR(trainer.optimizer, 1, gamma=0.5)
    schedule = ScheduleController(trainer)
    assert schedule.name == "StepLR, made in code"
    assert schedule.choices[-1] == schedule.name
    with pytest.raises(KeyError, match="cannot be chosen by name"):
        schedule.choose(schedule.name)


def test_reset_with_a_schedule_is_exact() -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    first = trainer.run(epochs=2).loss.copy()
    trainer.reset()
    controller.schedule.choose("cosine", 3)
    trainer.run(epochs=2)
    controller.groups[1].lr = 0.7
    controller.reset()
    assert controller.schedule.name == "constant"
    assert rates(trainer) == [0.1, 0.01]
    np.testing.assert_array_equal(trainer.run(epochs=2).loss, first)
