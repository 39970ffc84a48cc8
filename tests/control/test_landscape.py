"""A LandscapeController, as plain Python."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from fineopt.landscape import LANDSCAPES, descend
from fineopt.widgets import LandscapeController
from tests.support.waiting import until


def test_steps_match_descend() -> None:
    controller = LandscapeController("beale", optimizers=("SGD", "Adam"), lrs=(0.01, 0.1))
    for _ in range(5):
        controller.step()
    same = descend("beale", None, ("SGD", "Adam"), (0.01, 0.1), steps=5)
    np.testing.assert_array_equal(controller.run.path, same.path)
    assert controller.place().startswith("step 5 of 500 · at (1.")


def test_a_new_lr_counts_from_the_next_step_and_stays_after_a_reset() -> None:
    controller = LandscapeController("quadratic", (-4, 1), lrs=(0.5, 0.02))
    controller.step()
    controller.set_lr(0, 0.25)
    controller.step()
    assert controller.run.path[:, 0].tolist() == [-4, -2, -1.5]
    controller.reset()
    assert (controller.run.steps, controller.lrs) == (0, (0.25, 0.02))


def test_another_start_or_optimizer_restarts_the_run() -> None:
    controller = LandscapeController("quadratic")
    controller.step()
    controller.set_start(2, -1)
    assert controller.run.path.tolist() == [[2, -1]]
    controller.step()
    controller.set_rule(1, "Adam")
    assert controller.run.rules == ("SGD", "Adam")
    assert controller.run.path.tolist() == [[2, -1]]


def test_another_landscape_uses_its_start_and_lr_for_sgd() -> None:
    controller = LandscapeController("quadratic", optimizers=("SGD", "Adam"), lrs=(0.03, 0.1))
    controller.step()
    controller.keep()
    controller.set_landscape("rosenbrock")
    assert controller.start == LANDSCAPES["rosenbrock"].start
    assert controller.lrs == (0.001, 0.1)
    assert controller.kept == []


def test_kept_runs_stay_and_the_next_has_their_settings() -> None:
    controller = LandscapeController("beale")
    with pytest.raises(ValueError, match="not taken a step yet"):
        controller.keep()
    for i in range(5):
        controller.step()
        controller.keep()
        controller.set_lr(0, 0.01 * (i + 1))
    assert [run.steps for run in controller.runs] == [1, 1, 1, 1, 1, 0]
    assert [run.label()[0] for run in controller.kept[:2]] == ["x: SGD, lr 0.02", "x: SGD, lr 0.01"]
    controller.step()
    assert not controller.can_keep
    with pytest.raises(ValueError, match="5 runs are kept"):
        controller.keep()
    controller.clear()
    assert controller.runs == [controller.run]


def test_invalid_arguments_raise_and_change_nothing() -> None:
    controller = LandscapeController("beale")
    run = controller.run
    for action, words in (
        (lambda: controller.set_lr(1, -1), "the lr of y must be at least 0"),
        (lambda: controller.set_start(float("nan"), 0), "start of x must be finite"),
        (
            lambda: controller.set_rule(0, "SDG"),
            "must be a registered name, not 'SDG'; did you mean 'SGD'",
        ),
        (lambda: controller.set_landscape("bale"), "did you mean 'beale'"),
        (lambda: setattr(controller, "speed", 0), "speed must be above 0"),
        (controller.play, "running event loop"),
        (lambda: LandscapeController(frames_per_second=0), "frames_per_second"),
    ):
        with pytest.raises((KeyError, ValueError, RuntimeError), match=words):
            action()
    assert controller.run is run


def test_play_pause_and_end() -> None:
    async def play() -> None:
        controller = LandscapeController("beale", steps=40, frames_per_second=1000)
        controller.speed = 1e5
        frames: list[int] = []
        controller.on_frame.append(lambda: frames.append(controller.run.steps))
        controller.play()
        assert controller.playing
        await until(lambda: not controller.playing)
        assert controller.over
        assert controller.run.steps == 40
        assert "the end" in controller.place()
        controller.play()  # from the start
        assert controller.run.steps == 0
        controller.pause()
        await until(lambda: not controller.playing)
        controller.close()
        with pytest.raises(RuntimeError, match="closed"):
            controller.play()

    asyncio.run(play())


def test_a_run_that_leaves_stops() -> None:
    async def play() -> None:
        controller = LandscapeController("quadratic", lrs=(1, 1), frames_per_second=1000)
        controller.play()
        await until(lambda: not controller.playing)
        assert "left after 1 step" in controller.place()

    asyncio.run(play())
