"""A TrainingController: playing on an event loop, progress, speed and time remaining."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from fineopt.widgets import TrainingController
from tests.support.small import make_trainer
from tests.support.waiting import until


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


def test_other_tasks_run_while_it_plays_and_a_new_lr_takes_effect_at_the_next_step() -> None:
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


def test_an_error_in_a_step_stops_it_and_its_message_is_kept() -> None:
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


def test_two_play_at_once_and_the_blas_threads_are_restored() -> None:
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


def test_without_an_event_loop_steps_run_at_once_and_play_raises() -> None:
    controller = TrainingController(make_trainer())
    frames: list[int] = []
    controller.on_frame.append(lambda: frames.append(controller.trainer.record.steps))
    controller.step()
    controller.run_epoch()
    assert frames == [1, 3]
    with pytest.raises(RuntimeError, match=r"trainer\.run"):
        controller.play()


def test_a_closed_controller_does_not_play() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        controller.close()
        with pytest.raises(RuntimeError, match="closed"):
            controller.play()

    asyncio.run(play())


def test_progress_and_status() -> None:
    controller = TrainingController(make_trainer())
    assert controller.place() == "epoch 1, step 0 of 3"
    assert controller.status() == []
    controller.step()
    assert controller.place() == "epoch 1, step 1 of 3"
    assert [word for word, _ in controller.status()] == ["loss", "time per step"]


def test_frames_per_second_must_be_above_0() -> None:
    with pytest.raises(ValueError, match="frames_per_second"):
        TrainingController(make_trainer(), frames_per_second=0)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_speed_must_be_above_0(speed: float) -> None:
    controller = TrainingController(make_trainer())
    with pytest.raises(ValueError, match="steps per second"):
        controller.speed = speed
    assert controller.speed is None


def test_a_slow_run_shows_each_step_and_can_be_paused_while_it_waits() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        controller.speed = 1e-3  # the second step would come after 1,000 seconds
        frames: list[int] = []
        controller.on_frame.append(lambda: frames.append(controller.trainer.record.steps))
        controller.play()
        await until(lambda: 1 in frames)
        controller.pause()
        await until(lambda: not controller.playing)
        assert controller.trainer.record.steps == 1

    asyncio.run(play())


def test_slow_frames_are_shown_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
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
    even = asyncio.run(play(0.005))
    # Ten frames a second: none is late because those before it had to wait for a step's end.
    assert set(even) <= {9, 10, 11} and 47 <= sum(even) <= 48  # half a second, less five frames
    slow = asyncio.run(play(0.1))
    # The first came early by what the time before it had saved up.
    assert sum(slow[1:]) >= 4 * 0.1 / 0.01 / 0.12 - 1


def test_the_time_left_covers_all_epochs_to_play() -> None:
    async def play() -> None:
        controller = TrainingController(make_trainer())
        assert controller.seconds_left() is None
        controller.speed = 0.2  # it waits 5 seconds after the first step
        controller.play(epochs=4)
        await until(lambda: controller.trainer.record.steps == 1)
        assert controller.seconds_left() == (2 + 3 * 3) * 5.0
        assert controller.status()[-1] == ("left", "about 55 s")
        controller.player.run.until = None
        assert controller.status()[-1] == ("left in this epoch", "about 10 s")
        controller.pause()
        await until(lambda: not controller.playing)
        assert controller.seconds_left() is None

    asyncio.run(play())


def test_the_time_left_and_the_wait_follow_the_current_speed(
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
