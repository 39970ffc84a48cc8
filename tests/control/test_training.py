"""Controllers, as plain Python: groups, and playing on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fineopt.optimizer import SGD
from fineopt.tensor import Parameter
from fineopt.widgets import GroupController, TrainingController
from tests.support.small import make_trainer


def sgd(**group: Any) -> SGD:
    return SGD([{"params": [Parameter(np.zeros((2, 3)))], "name": "conv", **group}], lr=0.05)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something is so; a test that waits in vain fails."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to be")


# --- a group -----------------------------------------------------------------------------------


def test_a_group_says_what_it_is() -> None:
    group = GroupController(sgd(), 0)
    assert (group.label, group.rule, group.counts) == ("conv", "SGD", (1, 6))
    assert group.summary_text() == "learning rate 0.05"


def test_freezing_remembers_and_thawing_gives_back() -> None:
    optimizer = sgd()
    group = GroupController(optimizer, 0)
    group.lr = 0.2
    group.frozen = True
    assert optimizer.param_groups[0]["lr"] == 0.0
    assert group.summary_text() == "frozen (was 0.2)"
    group.frozen = True  # twice is once
    group.frozen = False
    assert optimizer.param_groups[0]["lr"] == 0.2


def test_what_code_does_is_seen() -> None:
    optimizer = sgd()
    group = GroupController(optimizer, 0)
    optimizer.param_groups[0]["lr"] = 0.3
    assert group.summary_text() == "learning rate 0.3"
    optimizer.param_groups[0]["lr"] = 0.0
    assert group.frozen
    group.frozen = False
    assert optimizer.param_groups[0]["lr"] == 0.3


def test_a_group_that_starts_frozen_can_thaw() -> None:
    group = GroupController(sgd(lr=0.0), 0)
    group.frozen = False
    assert group.lr == 0.01


@pytest.mark.parametrize("lr", [-1, float("nan"), float("inf"), "0.1", None, True])
def test_an_lr_that_cannot_be_is_refused_by_name(lr: Any) -> None:
    optimizer = sgd()
    group = GroupController(optimizer, 0)
    with pytest.raises((TypeError, ValueError), match="'conv'"):
        group.lr = lr
    assert optimizer.param_groups[0]["lr"] == 0.05


# --- training ----------------------------------------------------------------------------------


def test_play_trains_and_pause_stops() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        controller.play()
        assert controller.playing
        await until(lambda: controller.trainer.record.steps >= 5)
        controller.pause()
        await until(lambda: not controller.playing)
        steps = controller.trainer.record.steps
        for _ in range(10):
            await asyncio.sleep(0)
        assert controller.trainer.record.steps == steps
        controller.play()
        await until(lambda: controller.trainer.record.steps > steps)
        controller.close()

    asyncio.run(play())


def test_other_tasks_run_while_it_plays_and_a_new_lr_counts_from_the_next_step() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        trainer = controller.trainer
        controller.play()
        await until(lambda: trainer.record.steps >= 3)
        steps = trainer.record.steps
        controller.groups[0].lr = 0.02
        await until(lambda: trainer.record.steps >= steps + 2)
        assert trainer.record.lr[steps - 1, 0] == 0.1
        assert trainer.record.lr[steps, 0] == 0.02
        controller.close()

    asyncio.run(play())


def test_an_error_in_a_step_stops_it_and_is_kept_in_words() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        good = controller.trainer.train_func

        def fails(*args: Any) -> Any:
            if controller.trainer.record.steps == 4:
                raise ZeroDivisionError("no luck")
            return good(*args)

        controller.trainer.train_func = fails
        controller.play()
        await until(lambda: not controller.playing)
        assert controller.error == "ZeroDivisionError: no luck"
        assert controller.trainer.record.steps == 4
        controller.trainer.train_func = good
        controller.play()
        assert controller.error is None
        await until(lambda: controller.trainer.record.steps >= 6)
        controller.close()

    asyncio.run(play())


def test_an_epoch_stops_at_its_end() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        controller.step()
        controller.run_epoch()
        await until(lambda: not controller.playing)
        assert controller.trainer.record.steps == controller.trainer.steps_per_epoch == 3

    asyncio.run(play())


def test_reset_while_playing_stops_at_the_start() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        controller.play()
        await until(lambda: controller.trainer.record.steps >= 4)
        controller.groups[1].frozen = True
        controller.reset()
        await until(lambda: not controller.playing)
        assert controller.trainer.record.steps == 0
        assert [group.lr for group in controller.groups] == [0.1, 0.01]
        assert controller.ms_per_step is None

    asyncio.run(play())


def test_two_play_side_by_side_and_the_threads_come_back() -> None:
    from threadpoolctl import threadpool_info

    def threads() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    async def play() -> None:
        before = threads()
        one, two = TrainingController(make_trainer()), TrainingController(make_trainer(seed=1))
        one.play()
        two.play()
        await until(lambda: one.trainer.record.steps > 3 and two.trainer.record.steps > 3)
        assert set(threads()) <= {1}
        one.pause()
        await until(lambda: not one.playing)
        assert set(threads()) <= {1}
        two.close()
        await until(lambda: not two.playing)
        assert threads() == before

    asyncio.run(play())


def test_without_an_event_loop_steps_run_at_once_and_play_says_what_to_do() -> None:
    controller = TrainingController(make_trainer())
    told: list[int] = []
    controller.on_frame.append(lambda: told.append(controller.trainer.record.steps))
    controller.step()
    controller.run_epoch()
    assert told == [1, 3]
    with pytest.raises(RuntimeError, match=r"trainer\.run"):
        controller.play()


def test_a_call_that_fails_is_shown_and_not_lost() -> None:
    controller = TrainingController(make_trainer())
    controller.call(lambda: 1 / 0)
    assert controller.error == "ZeroDivisionError: division by zero"
    assert isinstance(controller.exception, ZeroDivisionError)


def test_a_closed_controller_does_not_play() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        controller.close()
        with pytest.raises(RuntimeError, match="closed"):
            controller.play()

    asyncio.run(play())


def test_the_state_is_said_in_words() -> None:
    controller = TrainingController(make_trainer())
    assert controller.place() == "epoch 1, step 0 of 3"
    assert controller.status() == []
    controller.step()
    assert controller.place() == "epoch 1, step 1 of 3"
    assert [word for word, _ in controller.status()] == ["loss", "a step takes"]


def test_frames_per_second_must_be_above_0() -> None:
    with pytest.raises(ValueError, match="frames_per_second"):
        TrainingController(make_trainer(), frames_per_second=0)
