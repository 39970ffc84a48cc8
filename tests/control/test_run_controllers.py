"""Speed, time left, schedules and optimizers of a run, as plain Python."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import numpy as np
import pytest

from fineopt.optimizer import SGD, Adam, LinearLR, SequentialLR, StepLR
from fineopt.tensor import Parameter
from fineopt.training import Trainer
from fineopt.widgets import OptimizerController, ScheduleController, TrainingController
from tests.control.test_training import until
from tests.support.small import make_trainer


def lrs(trainer: Trainer) -> list[float]:
    return [round(group["lr"], 6) for group in trainer.optimizer.param_groups]


# --- speed and time left -----------------------------------------------------------------------


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_is_above_0(speed: float) -> None:
    controller = TrainingController(make_trainer())
    with pytest.raises(ValueError, match="steps a second"):
        controller.speed = speed
    assert controller.speed is None


def test_a_slow_run_shows_each_step_and_can_be_paused_while_it_waits() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        controller.speed = 1e-3  # the second step would come after 1,000 seconds
        told: list[int] = []
        controller.on_frame.append(lambda: told.append(controller.trainer.record.steps))
        controller.play()
        await until(lambda: 1 in told)
        controller.pause()
        await until(lambda: not controller.playing)
        assert controller.trainer.record.steps == 1

    asyncio.run(play())


def test_frames_that_take_long_come_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    async def play(seconds: float) -> list[int]:
        """Play with a clock of its own: 0.01 s a step, and so many seconds a frame."""
        controller = TrainingController(make_trainer(), frames_per_second=10)
        step, frames = controller.trainer.step, []

        def tick() -> float:
            nonlocal now
            now += 0.01
            return step()

        def frame() -> None:
            nonlocal now
            now += seconds
            frames.append(controller.trainer.record.steps)

        monkeypatch.setattr(controller.trainer, "step", tick)
        controller.play()
        controller.on_frame.append(frame)
        await until(lambda: len(frames) > 6)
        controller.pause()
        return [b - a for a, b in itertools.pairwise(frames[:6])]

    for module in ("player", "pace"):
        monkeypatch.setattr(f"fineopt.control.playing.{module}.perf_counter", lambda: now)
    assert set(asyncio.run(play(0.005))) <= {10, 11}  # ten frames a second
    slow = asyncio.run(play(0.1))
    assert min(slow) >= 0.1 / 0.01 / 0.12


def test_the_time_left_is_that_of_all_epochs_it_is_to_play() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        assert controller.seconds_left() is None
        controller.speed = 0.2  # it waits 5 seconds after the first step
        controller.play(epochs=4)
        await until(lambda: controller.trainer.record.steps == 1)
        assert controller.seconds_left() == (2 + 3 * 3) * 5.0
        assert controller.status()[-1] == ("to go", "about 55 s")
        controller.player.run.until = None
        assert controller.status()[-1] == ("to the epoch's end", "about 10 s")
        controller.pause()
        await until(lambda: not controller.playing)
        assert controller.seconds_left() is None

    asyncio.run(play())


def test_the_time_left_is_that_of_the_speed_of_now_and_the_wait_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step takes 0.01 s of a clock that stands still else, but for the sleeps."""
    now = 0.0

    async def play() -> None:
        controller = TrainingController(make_trainer())
        step, sleep = controller.trainer.step, asyncio.sleep

        def tick() -> float:
            nonlocal now
            now += 0.01
            return step()

        async def wait(seconds: float) -> None:
            nonlocal now
            now += seconds
            await sleep(0)

        monkeypatch.setattr(controller.trainer, "step", tick)
        monkeypatch.setattr("fineopt.control.playing.player.asyncio.sleep", wait)
        controller.play(epochs=100)
        steps = controller.trainer.record
        while steps.steps < 3:
            await sleep(0)
        for speed, each in ((None, 0.01), (0.5, 2.0), (20.0, 0.05), (None, 0.01), (1e6, 0.01)):
            controller.speed = speed
            for count in (0, 3):  # at once, and later
                at = steps.steps + count
                while steps.steps < at:
                    await sleep(0)
                step_now, of = controller.progress()
                left = of * (100 - controller.trainer.epoch) - step_now
                assert controller.seconds_left() == pytest.approx(left * each)
        begin, at = now, steps.steps
        controller.speed = 20.0
        while steps.steps < at + 20:
            await sleep(0)
        assert now - begin == pytest.approx(1, abs=0.2)
        controller.close()

    for module in ("player", "pace"):
        monkeypatch.setattr(f"fineopt.control.playing.{module}.perf_counter", lambda: now)
    asyncio.run(play())


# --- schedules ---------------------------------------------------------------------------------


def test_a_schedule_is_chosen_by_name_and_stepped_epoch_by_epoch() -> None:
    trainer = make_trainer()
    schedule = ScheduleController(trainer)
    assert (schedule.name, schedule.epochs) == ("constant", None)
    schedule.choose("linear, each its own", 4)
    trainer.run(epochs=2)
    assert lrs(trainer) == [0.05, 0.005]
    assert (schedule.name, schedule.epochs) == ("linear, each its own", 4)
    schedule.choose("constant")
    trainer.run(epochs=1)
    assert lrs(trainer) == [0.05, 0.005]
    assert schedule.summary_text() == "each group keeps its learning rate"


def test_one_lr_for_all_loses_the_groups_ratio() -> None:
    trainer = make_trainer()
    ScheduleController(trainer).choose("linear, one lr for all", 4)
    trainer.run(epochs=1)
    assert lrs(trainer) == [0.075, 0.075]


def test_a_hand_wins_until_the_group_is_released() -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    controller.schedule.choose("linear, each its own", 4)
    controller.groups[0].lr = 0.3
    trainer.run(epochs=2)
    assert lrs(trainer) == [0.3, 0.005]
    assert controller.schedule.summary_text().endswith("; held by hand: first")
    controller.schedule.release(controller.groups[0])
    assert lrs(trainer) == [0.05, 0.005]  # at once where it would be
    trainer.run(epochs=1)
    assert lrs(trainer) == [0.025, 0.0025]


def test_a_frozen_group_counts_with_the_lr_that_it_remembers() -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    controller.groups[0].frozen = True
    controller.schedule.choose("linear, one lr for all", 4)
    assert lrs(trainer) == [0.0, 0.1]
    trainer.run(epochs=2)
    assert lrs(trainer) == [0.0, 0.05]
    controller.groups[0].frozen = False  # goes on with the others
    trainer.run(epochs=1)
    assert lrs(trainer) == [0.025, 0.025]


@pytest.mark.parametrize(("name", "epochs"), [("cosin", 4), ("cosine", 0), ("cosine", 1.5)])
def test_a_schedule_that_cannot_be_changes_nothing(name: str, epochs: Any) -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    controller.groups[0].frozen = True
    controller.schedule.choose("step", 3)
    before = trainer.schedule, [dict(group) for group in trainer.optimizer.param_groups]
    with pytest.raises((KeyError, TypeError, ValueError)):
        controller.schedule.choose(name, epochs)
    assert (trainer.schedule, [dict(g) for g in trainer.optimizer.param_groups]) == before


@pytest.mark.parametrize("swapped", [False, True])
def test_a_group_that_is_added_later_is_governed_too(swapped: bool) -> None:
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
    by_name["new"].lr = 0.1  # a hand wins here too, and can let go
    controller.schedule.release(by_name["new"])
    assert round(by_name["new"].lr, 6) == 0.25
    controller.reset()
    controller.schedule.choose("linear, each its own", 4)
    trainer.run(epochs=2)
    assert lrs(trainer) == [0.05, 0.005]


def test_parts_of_a_schedule_go_on_with_a_swapped_optimizer_and_back() -> None:
    trainer = make_trainer()
    first = trainer.optimizer
    parts = [LinearLR(first, 4), StepLR(first, 1, gamma=0.5)]
    schedule = SequentialLR(first, parts, milestones=[2])
    trainer = Trainer(trainer.net, first, trainer.dataloader, schedule=schedule)
    trainer.swap_optimizer("last", Adam)
    new = {"params": [Parameter([1.0])], "lr": 0.4, "name": "new"}
    trainer.optimizer.add_param_group(new, index=1)
    trainer.run(epochs=1)
    assert lrs(trainer) == [0.075, 0.0075, 0.3]
    trainer.run(epochs=2)
    assert lrs(trainer) == [0.05, 0.005, 0.2]
    trainer.reset()
    assert [part.optimizer for part in (schedule, *parts)] == [first] * 3
    trainer.run(epochs=1)
    assert lrs(trainer) == [0.075, 0.0075]


def test_a_schedule_of_one_optimizer_does_not_follow_to_the_others() -> None:
    trainer = make_trainer()
    trainer.swap_optimizer("last", Adam)
    mine = trainer.optimizer.opts[0]
    trainer.schedule = LinearLR(mine, 4)
    trainer.swap_optimizer("last", SGD)
    assert trainer.schedule.optimizer is mine
    trainer.run(epochs=1)
    assert lrs(trainer) == [0.075, 0.01]


def test_a_schedule_made_in_code_is_called_by_its_class() -> None:
    trainer = make_trainer()
    trainer.schedule = StepLR(trainer.optimizer, 1, gamma=0.5)
    schedule = ScheduleController(trainer)
    assert schedule.name == "StepLR, made in code"
    assert schedule.choices[-1] == schedule.name
    with pytest.raises(KeyError, match="can only be made there"):
        schedule.choose(schedule.name)


def test_reset_with_a_schedule_goes_back_bit_for_bit() -> None:
    trainer = make_trainer()
    controller = TrainingController(trainer)
    first = trainer.run(epochs=2).loss.copy()
    trainer.reset()
    controller.schedule.choose("cosine", 3)
    trainer.run(epochs=2)
    controller.groups[1].lr = 0.7
    controller.reset()
    assert controller.schedule.name == "constant"
    assert lrs(trainer) == [0.1, 0.01]
    np.testing.assert_array_equal(trainer.run(epochs=2).loss, first)


# --- optimizers --------------------------------------------------------------------------------


def test_an_optimizer_is_chosen_by_name_and_said_in_words() -> None:
    trainer = make_trainer()
    optimizers = OptimizerController(trainer)
    said = optimizers.choose("last", "Adam")
    assert said == (
        "last is moved by Adam now, whose memory begins at zero. Its learning rate is still 0.01; "
        "for Adam one would start at about 0.001."
    )
    assert [optimizers.rule(i) for i in (0, 1)] == ["SGD with momentum", "Adam"]
    assert "still" not in optimizers.choose("last", "RMSprop", lr=0.002)
    assert lrs(trainer) == [0.1, 0.002]
    trainer.step()
    assert trainer.record.lr[-1].tolist() == [0.1, 0.002]


def test_choosing_what_there_is_forgets_nothing() -> None:
    trainer = make_trainer()
    before = trainer.optimizer
    assert OptimizerController(trainer).choose(0, "SGD with momentum") == ""
    assert trainer.optimizer is before


def test_an_optimizer_of_one_s_own_has_its_own_name() -> None:
    class Mine(SGD):
        pass

    trainer = make_trainer()
    trainer.swap_optimizer("last", Mine)
    optimizers = OptimizerController(trainer)
    assert (optimizers.rule("last"), optimizers.about("last")) == (
        "Mine",
        "an optimizer of your own",
    )
    optimizers.choose("last", "Adam")
    assert isinstance(trainer.optimizer.optimizer_of("last"), Adam)


def test_an_unknown_optimizer_is_refused() -> None:
    with pytest.raises(KeyError, match="did you mean 'Adam'"):
        OptimizerController(make_trainer()).choose(0, "Adma")


def test_an_optimizer_chosen_while_it_plays_moves_the_group_from_the_next_step() -> None:
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
