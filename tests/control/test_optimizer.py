"""An OptimizerController: optimizers chosen by name, while the trainer trains."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from fineopt.optimizer import SGD, Adam
from fineopt.widgets import OptimizerController, TrainingController
from tests.support.small import make_trainer, rates
from tests.support.waiting import until


def test_an_optimizer_is_chosen_by_name_and_described() -> None:
    trainer = make_trainer()
    optimizers = OptimizerController(trainer)
    said = optimizers.choose("last", "Adam")
    assert said == (
        "last now uses Adam, whose state starts at zero. Its learning rate is still 0.01; "
        "about 0.001 is usual for Adam."
    )
    assert [optimizers.rule(i) for i in (0, 1)] == ["SGD with momentum", "Adam"]
    assert "still" not in optimizers.choose("last", "RMSprop", lr=0.002)
    assert rates(trainer) == [0.1, 0.002]
    trainer.step()
    assert trainer.record.lr[-1].tolist() == [0.1, 0.002]


def test_choosing_the_current_optimizer_keeps_its_state() -> None:
    trainer = make_trainer()
    before = trainer.optimizer
    assert OptimizerController(trainer).choose(0, "SGD with momentum") == ""
    assert trainer.optimizer is before


def test_a_custom_optimizer_has_its_own_name() -> None:
    class Mine(SGD):
        pass

    trainer = make_trainer()
    trainer.swap_optimizer("last", Mine)
    optimizers = OptimizerController(trainer)
    assert (optimizers.rule("last"), optimizers.about("last")) == (
        "Mine",
        "a custom optimizer",
    )
    optimizers.choose("last", "Adam")
    assert isinstance(trainer.optimizer.optimizer_of("last"), Adam)


def test_an_unknown_optimizer_raises() -> None:
    with pytest.raises(KeyError, match="did you mean 'Adam'"):
        OptimizerController(make_trainer()).choose(0, "Adma")


def test_an_optimizer_chosen_while_playing_takes_effect_at_the_next_step() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        trainer = controller.trainer
        first = controller.groups[0]
        controller.play()
        await until(lambda: trainer.record.steps >= 4)
        controller.optimizers.choose("first", "Lion", lr=0.001)
        assert controller.groups[0] is first
        assert (first.rule, first.lr) == ("Lion", 0.001)
        steps, before = trainer.record.steps, trainer.net.first.weight.numpy()
        await until(lambda: trainer.record.steps > steps)
        controller.pause()
        moved = np.abs(trainer.net.first.weight.numpy() - before)
        assert np.isclose(moved, 0.001, rtol=1e-3).mean() > 0.5
        assert trainer.record.groups == ["first", "last"]
        controller.reset()
        assert (first.rule, first.lr) == ("SGD", 0.1)
        controller.close()

    asyncio.run(play())
