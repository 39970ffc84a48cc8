"""One run has one player: who follows it, what pauses it, and which messages are shown."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fineopt.module as M
from fineopt.control.playing.trainer_run import player_of
from fineopt.landscape import Landscape
from fineopt.optimizer import SGD
from fineopt.training import Trainer
from fineopt.widgets import LandscapePanel, TrainingController, TrainingPanel
from tests.support.panels import set_view_count
from tests.support.small import make_trainer
from tests.support.waiting import turns, until


def test_all_panels_and_controllers_of_a_trainer_share_one_run() -> None:
    async def use() -> None:
        trainer = make_trainer()
        one, two = TrainingPanel(trainer), TrainingPanel(trainer)
        code = TrainingController(trainer)
        one.play.click()
        await until(lambda: trainer.record.steps > 3)
        assert [one.play.description, two.play.description] == ["Pause", "Pause"]
        assert code.playing
        two.options.speed.value = 20.0
        await until(lambda: one.options.speed.value == 20.0)
        third = TrainingPanel(trainer)  # while it plays
        assert (third.play.description, third.controller.speed) == ("Pause", 20.0)
        two.rows.children[0].number.value = 0.7
        await until(lambda: one.controller.groups[0].lr == 0.7)
        third.reset.click()
        await until(lambda: trainer.record.steps == 0)
        assert not code.playing
        assert [p.play.description for p in (one, two, third)] == ["Play"] * 3
        assert one.controller.groups[0].remembered == 0.1
        for each in (one, two, third):
            each.close()
        code.close()
        assert player_of(trainer) is not code.player

    asyncio.run(use())


def test_an_action_is_shown_by_the_next_step_if_that_is_fast_and_a_frame_is_due() -> None:
    async def use() -> None:
        player = player_of(trainer := make_trainer())
        player.hurried = True
        assert not player.shows_at_once  # it does not play
        player.play()
        assert not player.shows_at_once  # how long a step takes is not known yet
        await until(lambda: trainer.record.steps > 3)
        assert (player.hurried, player.shows_at_once) == (False, False)  # it was shown
        player.hurried = True
        assert player.shows_at_once
        player.pace.speed = 10.0
        assert not player.shows_at_once
        player.pace.speed = None
        player.budget.charge(10.0)
        assert not player.shows_at_once
        player.pause()

    asyncio.run(use())


@pytest.mark.parametrize("seen", [(), (0,), (1,), (0, 1)])
def test_closing_the_last_panel_of_a_run_pauses_it(seen: tuple[int, ...]) -> None:
    async def use() -> None:
        trainer = make_trainer()
        panels = [TrainingPanel(trainer), TrainingPanel(trainer)]
        for i in seen:
            set_view_count(panels[i], 1)
        panels[0].play.click()
        await until(lambda: trainer.record.steps > 2)
        panels[0].close()
        # one that was never shown is no place to press Pause at
        assert panels[1].controller.playing == (seen != (0,))
        panels[1].close()
        assert not panels[1].controller.playing
        steps = trainer.record.steps
        await turns()
        assert trainer.record.steps == steps

    asyncio.run(use())


def test_reset_and_play_at_once_leaves_one_task() -> None:
    async def use() -> None:
        controller = TrainingController(make_trainer())
        controller.play()
        await until(lambda: controller.trainer.record.steps > 2)
        controller.reset()
        controller.play()
        assert controller.playing
        await until(lambda: controller.trainer.record.steps > 2)
        assert len(asyncio.all_tasks() - {asyncio.current_task()}) == 1
        controller.close()

    asyncio.run(use())


def share_all(trainer: Trainer) -> Trainer:
    return Trainer(trainer.net, trainer.optimizer, trainer.dataloader)


def share_a_layer(trainer: Trainer) -> Trainer:
    class Tuned(M.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last: Any = trainer.net.last

        def forward(self, x: Any) -> Any:
            return self.last(x)

    net = Tuned()

    def steps(*_: Any) -> Any:
        loss = (net.last.weight * net.last.weight).sum()
        return loss, loss

    return Trainer(
        net, SGD(net.parameters(), lr=0.1), [(np.zeros(1), np.zeros(1))] * 3, train_func=steps
    )


@pytest.mark.parametrize("share", [share_all, share_a_layer])
@pytest.mark.parametrize("act", ["play", "step", "run_epoch", "reset"])
def test_of_two_trainers_that_share_parameters_one_plays(
    share: Callable[[Trainer], Trainer], act: str
) -> None:
    async def use() -> None:
        trainer, apart = make_trainer(), TrainingController(make_trainer(seed=1))
        first = TrainingController(trainer)
        second = TrainingController(share(trainer))
        first.play()
        apart.play()
        await until(lambda: trainer.record.steps > 2)
        getattr(second, act)()
        assert not first.playing
        assert "another run with the same parameters" in str(first.notice)
        assert apart.playing
        first.play()
        assert first.notice is None
        assert not second.playing
        for controller in (first, second, apart):
            controller.close()

    asyncio.run(use())


def test_an_unreferenced_trainer_is_collected() -> None:
    async def use() -> weakref.ref[Trainer]:
        trainer = make_trainer()
        panel = TrainingPanel(trainer)
        TrainingController(trainer)
        panel.play.click()
        await until(lambda: trainer.record.steps > 2)
        panel.close()
        await asyncio.sleep(0)
        return weakref.ref(trainer)

    gone = asyncio.run(use())
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("at", [1, 5])
@pytest.mark.parametrize("by", ["play", "epoch", "step"])
def test_a_nan_or_infinite_loss_pauses_with_advice(value: float, at: int, by: str) -> None:
    async def use() -> None:
        trainer = make_trainer()
        good = trainer.train_func

        def spoiled(*batch: Any) -> Any:
            pred, loss = good(*batch)
            return pred, loss * value if trainer.record.steps + 1 >= at else loss

        trainer.train_func = spoiled
        panel = TrainingPanel(trainer)
        for _ in range(at):
            getattr(panel, by).click()
            await until(
                lambda: panel.controller.playing == (by != "step") or bool(panel.message.value)
            )
            await until(lambda: not panel.controller.playing)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if panel.message.value:
                break
        assert trainer.record.steps == at
        assert "Lower a learning rate, then press Again" in panel.message.value
        assert panel.play.description == "Play"
        trainer.train_func = good
        panel.reset.click()
        await until(lambda: trainer.record.steps == 0)
        assert panel.message.value == ""
        panel.close()

    asyncio.run(use())


def test_an_epoch_without_an_event_loop_stops_at_nan_too() -> None:
    trainer = make_trainer()
    good = trainer.train_func
    trainer.train_func = lambda *batch: tuple(part * np.nan for part in good(*batch))  # type: ignore[assignment,return-value]
    controller = TrainingController(trainer)
    controller.run_epoch()
    assert trainer.record.steps == 1
    assert "Lower a learning rate" in str(controller.notice)


@pytest.mark.parametrize("button", ["step", "play"])
def test_a_nan_on_a_landscape_pauses_with_advice(button: str) -> None:
    async def use() -> None:
        # drawn on a grid it is a number, stepped on it is none
        own = Landscape(
            "own", lambda x, y: x * x + y * (1 if x.ndim else np.nan), (-1, 1), (-1, 1), (),
            (0.5, 0), 0.1, "", "",
        )  # fmt: skip
        panel = LandscapePanel(own)
        getattr(panel, button).click()
        await until(lambda: "choose a smaller lr" in panel.message.value)
        assert panel.play.description == "Play"
        panel.reset.click()
        await until(lambda: panel.message.value == "")
        panel.close()

    asyncio.run(use())
