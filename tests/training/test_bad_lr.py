"""An lr that code has deleted or set to an invalid value: the same error message everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fineopt import Tensor
from fineopt.control.freeze import FreezeController
from fineopt.control.optimizer import OptimizerController
from fineopt.control.param_groups.group import GroupController
from fineopt.control.schedule import ScheduleController
from fineopt.landscape import Run
from fineopt.optimizer import Adam, LambdaLR, LinearLR, MultipleOptimizer, SequentialLR
from fineopt.optimizer.schedules.named import make_schedule
from fineopt.optimizer.swap import swap
from fineopt.training import Trainer
from fineopt.widgets import FreezePanel, GroupPanel, OptimizerPanel, TrainingPanel
from tests.support.small import make_trainer

MISSING = object()
BAD = {
    "missing": (MISSING, "'lr' is missing"),
    "text": ("0.1", "lr must be a number, not '0.1' (a str)"),
    "None": (None, "lr must be a number, not None (a NoneType)"),
    "a list": ([0.1], "lr must be a number, not [0.1] (a list)"),
    "an array": (np.array([0.1, 0.2]), "lr must be a number, not array([0.1, 0.2]) (a ndarray)"),
    "a tensor": (Tensor(0.1), "lr must be a number, not Tensor([0.1], device=cpu:0) (a Tensor)"),
    "complex": (1j, "lr must be a number, not 1j (a complex)"),
    "bool": (True, "lr must be a number, not True (a bool)"),
    "negative": (-0.1, "lr must be at least 0, not -0.1"),
    "NaN": (float("nan"), "lr must be finite, not nan"),
    "infinite": (np.float64("inf"), "lr must be finite, not"),
}
bad = pytest.mark.parametrize(("value", "message"), BAD.values(), ids=BAD)


def spoil(group: dict[str, Any], value: Any, key: str = "lr") -> None:
    if value is MISSING:
        del group[key]
    else:
        group[key] = value


def trainer_of_two(schedule: bool = False) -> Trainer:
    trainer = make_trainer()
    if schedule:
        trainer.schedule = LinearLR(trainer.optimizer, total_epochs=4)
    return trainer


PLACES: dict[str, Callable[[Trainer], Any]] = {
    "optimizer.step": lambda t: t.optimizer.step(),
    "optimizer.check": lambda t: t.optimizer.check(),
    "MultipleOptimizer.step": lambda t: MultipleOptimizer(t.optimizer).step(),
    "swap": lambda t: swap(t.optimizer, 1, Adam),
    "trainer.step": lambda t: t.step(),
    "trainer.run": lambda t: t.run(),
    "a new schedule": lambda t: LinearLR(t.optimizer, 2),
    "functions": lambda t: LambdaLR(t.optimizer, [lambda e: 1.0, lambda e: 1.0]),
    "a sequence": lambda t: SequentialLR(t.optimizer, [LinearLR(t.optimizer, 2)], []),
    "a chosen schedule": lambda t: make_schedule(t.optimizer, "cosine", 2),
    "group.lr": lambda t: GroupController(t.optimizer, 1).lr,
    "group.summary_text": lambda t: GroupController(t.optimizer, 1).summary_text(),
    "freeze.state_key": lambda t: FreezeController(t).state_key(),
    "optimizers.choose": lambda t: OptimizerController(t).choose(1, "Adam"),
    "schedule.choose": lambda t: ScheduleController(t).choose("step", 3),
    "GroupPanel": lambda t: GroupPanel(t.optimizer),
    "TrainingPanel": lambda t: TrainingPanel(t),
    "FreezePanel": lambda t: FreezePanel(t),
    "OptimizerPanel": lambda t: OptimizerPanel(t),
}


@bad
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_group_and_key_are_named(value: Any, message: str, place: Callable[[Trainer], Any]) -> None:
    trainer = trainer_of_two()
    before = trainer.net.state_dict()
    spoil(trainer.optimizer.param_groups[1], value)
    with pytest.raises((KeyError, TypeError, ValueError)) as caught:
        place(trainer)
    assert "param group 1 'last'" in str(caught.value)
    assert message in str(caught.value)
    for name, array in trainer.net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    assert trainer.record.steps == 0
    assert trainer.optimizer.param_groups[0]["lr"] == 0.1


@bad
def test_what_a_step_would_do_says_why_there_is_none(value: Any, message: str) -> None:
    trainer = trainer_of_two()
    spoil(trainer.optimizer.param_groups[1], value)
    text = FreezeController(trainer).summary_text("last.bias")
    assert text.startswith("the next step cannot be predicted: ")
    assert "param group 1 'last'" in text
    assert message in text


SCHEDULED: dict[str, Callable[[Any], Any]] = {
    "step": lambda s: s.step(),
    "get_lr": lambda s: s.get_lr(),
    "base_lrs": lambda s: s.base_lrs,
    "overridden": lambda s: s.overridden,
    "release": lambda s: s.release(0),
    "load": lambda s: s.load_state_dict(s.state_dict()),
}


@bad
@pytest.mark.parametrize("place", SCHEDULED.values(), ids=SCHEDULED)
@pytest.mark.parametrize("key", ["lr", "initial_lr", "scheduled_lr"])
def test_a_schedule_names_group_and_key(
    value: Any, message: str, place: Callable[[Any], Any], key: str
) -> None:
    if value is MISSING and key != "lr":
        return  # without the schedule's own keys a group is new to it, and valid
    trainer = trainer_of_two(schedule=True)
    groups = trainer.optimizer.param_groups
    spoil(groups[1], value, key)
    kept = [{k: v for k, v in group.items() if k != "params"} for group in groups]
    with pytest.raises((KeyError, TypeError, ValueError)) as caught:
        place(trainer.schedule)
    assert "param group 1 'last'" in str(caught.value)
    assert message.replace("lr ", f"{key} ", 1) in str(caught.value)
    assert trainer.schedule is not None
    assert trainer.schedule.current_epoch == 0
    for group, values in zip(groups, kept, strict=True):
        for k, v in values.items():
            assert group[k] is v


@bad
def test_a_repr_shows_the_error_and_does_not_raise(value: Any, message: str) -> None:
    trainer = trainer_of_two()
    groups = trainer.optimizer.param_groups
    spoil(groups[1], value)
    assert message in repr(trainer.optimizer)
    assert "first: 2 parameters, lr 0.1" in repr(MultipleOptimizer(trainer.optimizer))


@pytest.mark.parametrize("group", [None, {}, {"params": None, "lr": 1}, {"lr": 0.1, "name": 5}, 3])
def test_a_repr_of_an_invalid_group_does_not_raise(group: Any) -> None:
    optimizer = trainer_of_two().optimizer
    optimizer.param_groups[0] = group
    assert repr(optimizer).endswith("last: 2 parameters, lr 0.01)")
    with pytest.raises((KeyError, TypeError, ValueError), match="param group 0"):
        optimizer.step()


@bad
def test_a_displayed_panel_shows_the_error_until_it_is_fixed(value: Any, message: str) -> None:
    async def follow() -> None:
        trainer = trainer_of_two()
        group = trainer.optimizer.param_groups[1]
        panel = GroupPanel(trainer.optimizer, frames_per_second=200)
        spoil(group, value)
        await _until(lambda: "param group 1" in panel.message.value)
        group["lr"] = 0.01  # as before
        await _until(lambda: panel.message.value == "")
        spoil(group, value)
        panel.submit(lambda: None)  # as any click does
        await _until(lambda: "param group 1" in panel.message.value)
        panel.groups.now()[1].lr = 0.3  # as the slider does
        await _until(lambda: panel.message.value == "")
        assert group["lr"] == 0.3
        panel.close()

    asyncio.run(follow())


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the condition has not become true")


def test_a_landscape_names_group_and_key() -> None:
    run = Run("quadratic")
    run.optimizer.param_groups[1]["lr"] = None
    for ask in (run.label, run.step):
        with pytest.raises(TypeError, match=r"param group .*y.*: lr must be a number, not None"):
            ask()


@pytest.mark.parametrize("value", [1, np.float32(0.5), np.int64(2), 0.0])
def test_numbers_of_other_types(value: Any) -> None:
    trainer = trainer_of_two()
    trainer.optimizer.param_groups[1]["lr"] = value
    trainer.step()
    assert trainer.record.lr[0, 1] == float(value)
