"""The code of a trainer's groups, executed on a fresh trainer, gives the same groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fineopt.control.as_python import as_python
from fineopt.optimizer import SGD, Adam, LambdaLR, Lion, RMSprop, StepLR
from fineopt.training import Trainer
from fineopt.widgets import FreezeController, TrainingController
from tests.support.small import make_trainer


def described(trainer: Trainer) -> Any:
    """What the code has to bring back: optimizers, groups, what is attached, the schedule."""
    names = {id(p): name for name, p in trainer.parameters.items()}
    groups = [
        {
            **{k: v for k, v in group.items() if k != "params"},
            "params": [names[id(p)] for p in group["params"]],
            "rule": type(trainer.optimizer.optimizer_of(i)),
        }
        for i, group in enumerate(trainer.optimizer.param_groups)
    ]
    schedule = trainer.schedule
    how = None if schedule is None else (type(schedule), schedule.current_epoch, schedule.base_lrs)
    return groups, sorted(trainer.engine.attached()), how, trainer.schedule_every


def rebuilt(trainer: Trainer, fresh: Trainer | None = None) -> Trainer:
    fresh = fresh or make_trainer()
    exec(as_python(trainer), {"trainer": fresh})
    return fresh


def swap(trainer: Trainer) -> None:
    trainer.swap_optimizer("last", Adam, lr=0.002, betas=(0.8, 0.9))


def swap_all(trainer: Trainer) -> None:
    trainer.swap_optimizer("first", RMSprop)
    trainer.swap_optimizer("last", Lion, lr=1e-4)


def freeze(trainer: Trainer) -> None:
    TrainingController(trainer).groups[1].frozen = True


def detach(trainer: Trainer) -> None:
    trainer.gm.detach(trainer.net.first.bias)


def without_a_parameter(trainer: Trainer) -> None:
    FreezeController(trainer).set_optimized("first.bias", False)


def cosine(trainer: Trainer) -> None:
    TrainingController(trainer).schedule.choose("cosine", 7)


def cosine_by_hand(trainer: Trainer) -> None:
    cosine(trainer)
    trainer.optimizer.param_groups[0]["lr"] = 0.03


def step_in_code(trainer: Trainer) -> None:
    trainer.schedule, trainer.schedule_every = StepLR(trainer.optimizer, 3, gamma=0.5), "step"


def odd_names(trainer: Trainer) -> None:
    trainer.optimizer.param_groups[0]["name"] = 'it\'s "so"\n# \\ $x$ 参数'


def numpy_numbers(trainer: Trainer) -> None:
    trainer.optimizer.param_groups[0]["lr"] = np.float32(0.25)
    trainer.optimizer.param_groups[1]["momentum"] = np.float64(0.5)


@pytest.mark.parametrize("change", [
    lambda trainer: None, swap, swap_all, freeze, detach, without_a_parameter, cosine,
    cosine_by_hand, step_in_code, odd_names, numpy_numbers,
])  # fmt: skip
def test_executed_on_a_fresh_trainer_it_gives_the_same_groups(
    change: Callable[[Trainer], object],
) -> None:
    trainer = make_trainer()
    change(trainer)
    fresh = rebuilt(trainer)
    assert described(fresh) == described(trainer)
    fresh.run(1)
    trainer.run(1)
    assert fresh.record.loss.tolist() == trainer.record.loss.tolist()


def test_it_undoes_what_the_fresh_trainer_had() -> None:
    fresh = make_trainer()
    detach(fresh)
    cosine(fresh)
    swap_all(fresh)
    trainer = make_trainer()
    assert described(rebuilt(trainer, fresh)) == described(trainer)


def test_a_schedule_starts_anew_from_where_it_started() -> None:
    trainer = make_trainer()
    cosine(trainer)
    trainer.run(3)
    assert trainer.optimizer.param_groups[0]["lr"] < 0.1
    fresh = rebuilt(trainer)
    assert [group["lr"] for group in fresh.optimizer.param_groups] == [0.1, 0.01]
    fresh.run(3)
    assert [g["lr"] for g in fresh.optimizer.param_groups] == [
        g["lr"] for g in trainer.optimizer.param_groups
    ]


def test_what_cannot_be_written_is_named() -> None:
    trainer = make_trainer()
    trainer.schedule = LambdaLR(trainer.optimizer, lambda epoch: 1 / (1 + epoch))
    assert "# trainer.schedule: make the LambdaLR again" in as_python(trainer)
    trainer = make_trainer()
    freezing = FreezeController(trainer)
    for name in ("first.weight", "first.bias"):
        freezing.set_optimized(name, False)
    assert "# first has no parameters" in as_python(trainer)
    assert len(rebuilt(trainer).optimizer.param_groups) == 1


@given(
    lr=st.floats(0, 1e300), momentum=st.floats(0, 0.99), decay=st.floats(0, 1e9),
    name=st.text(st.characters(blacklist_categories=["Cs"]), min_size=1),
)  # fmt: skip
def test_any_numbers_and_names_come_back_as_they_are(
    lr: float, momentum: float, decay: float, name: str
) -> None:
    trainer = make_trainer()
    groups = [{"params": list(trainer.net.parameters()), "name": name}]
    trainer.optimizer = SGD(groups, lr=lr, momentum=momentum, weight_decay=decay)
    assert described(rebuilt(trainer)) == described(trainer)
