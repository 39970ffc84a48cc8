"""Again goes back to the start with the learning rates as they are now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fineopt.optimizer import Adam, CosineAnnealingLR, LinearLR
from fineopt.widgets import TrainingController
from tests.support.small import make_trainer, rates


def test_network_data_and_record_are_those_of_the_start_and_the_rates_are_kept() -> None:
    controller = TrainingController(make_trainer())
    trainer = controller.trainer
    trainer.run(2)
    first = trainer.record.loss.tolist()
    controller.groups[0].lr = 0.03
    controller.groups[1].set("momentum", 0.5)
    controller.again()
    assert (trainer.record.steps, rates(trainer)) == (0, [0.03, 0.01])
    assert trainer.optimizer.param_groups[1]["momentum"] == 0.9
    trainer.run(2)
    assert trainer.record.loss[0] == first[0]
    assert trainer.record.loss.tolist() != first
    controller.reset()
    assert rates(trainer) == [0.1, 0.01]
    trainer.run(2)
    assert trainer.record.loss.tolist() == first


def test_again_without_a_change_gives_the_same_run_to_the_bit() -> None:
    controller = TrainingController(make_trainer())
    trainer = controller.trainer
    trainer.run(2)
    first = trainer.record.loss.tolist()
    controller.again()
    trainer.run(2)
    assert trainer.record.loss.tolist() == first


def test_a_frozen_group_stays_frozen_and_gets_its_rate_back() -> None:
    controller = TrainingController(make_trainer())
    group = controller.groups[0]
    group.lr = 0.07
    group.frozen = True
    controller.trainer.run(1)
    controller.again()
    assert (group.lr, group.remembered) == (0.0, 0.07)
    group.frozen = False
    assert group.lr == 0.07


def test_a_swapped_optimizer_is_undone_and_its_rate_kept() -> None:
    controller = TrainingController(make_trainer())
    controller.trainer.swap_optimizer("last", Adam, lr=0.002)
    controller.again()
    assert controller.groups[1].rule == "SGD"
    assert rates(controller.trainer) == [0.1, 0.002]


def test_a_group_added_later_is_gone() -> None:
    trainer = make_trainer()
    bias = trainer.optimizer.param_groups[0]["params"].pop()
    controller = TrainingController(trainer)
    trainer.optimizer.add_param_group({"params": [bias], "name": "new"})
    controller.groups[0].lr = 0.2
    controller.again()
    assert rates(trainer) == [0.2, 0.01]


def chosen(controller: TrainingController) -> None:
    controller.schedule.choose("cosine", 4)


def chosen_and_by_hand(controller: TrainingController) -> None:
    controller.schedule.choose("cosine", 4)
    controller.groups[1].lr = 0.5


@pytest.mark.parametrize(("choose", "after"), [
    (chosen, [0.1, 0.01]), (chosen_and_by_hand, [0.1, 0.5]),
])  # fmt: skip
def test_a_chosen_schedule_starts_anew(choose: Callable[..., Any], after: list[float]) -> None:
    controller = TrainingController(make_trainer())
    controller.groups[0].lr = 0.1
    choose(controller)
    controller.trainer.run(2)
    assert rates(controller.trainer)[0] == 0.05
    controller.again()
    assert controller.schedule.summary_text().startswith("cosine, epoch 0 of 4 done")
    assert rates(controller.trainer) == after
    controller.trainer.run(2)
    assert rates(controller.trainer)[0] == 0.05


def test_the_schedule_of_the_start_starts_anew_unless_it_was_ended() -> None:
    small = make_trainer()
    trainer = make_trainer(optimizer=None)
    del small
    trainer.schedule = CosineAnnealingLR(trainer.optimizer, 4)
    trainer = type(trainer)(
        trainer.net, trainer.optimizer, trainer.dataloader, schedule=trainer.schedule
    )
    controller = TrainingController(trainer)
    trainer.run(2)
    assert rates(trainer)[0] == 0.05
    controller.again()
    assert isinstance(trainer.schedule, CosineAnnealingLR)
    assert rates(trainer) == [0.1, 0.01]
    controller.groups[0].lr = 0.3
    controller.again()
    assert rates(trainer) == [0.3, 0.01]
    controller.schedule.choose("constant")
    controller.again()
    assert trainer.schedule is None
    assert rates(trainer) == [0.3, 0.01]


def test_a_schedule_made_in_code_later_ends() -> None:
    controller = TrainingController(make_trainer())
    controller.trainer.schedule = LinearLR(controller.trainer.optimizer, 4)
    controller.trainer.run(2)
    controller.again()
    assert controller.trainer.schedule is None
    assert rates(controller.trainer) == [0.1, 0.01]
