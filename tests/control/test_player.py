"""One run, one player: who follows, who pauses, and what is said."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

import fineopt.module as M
from fineopt.control.trainer_run import player_of
from fineopt.landscape import Landscape
from fineopt.optimizer import SGD
from fineopt.training import Trainer
from fineopt.widgets import (
    FreezePanel,
    LandscapePanel,
    OptimizerPanel,
    TrainingController,
    TrainingPanel,
    cells,
)
from tests.control.test_training import until
from tests.support.small import make_trainer

# --- one player ----------------------------------------------------------------------------------


def test_all_panels_and_controllers_of_a_trainer_show_and_steer_one_run() -> None:
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


@pytest.mark.parametrize("seen", [(), (0,), (1,), (0, 1)])
def test_a_closed_panel_stops_what_it_alone_plays(seen: tuple[int, ...]) -> None:
    async def use() -> None:
        trainer = make_trainer()
        panels = [TrainingPanel(trainer), TrainingPanel(trainer)]
        for i in seen:
            panels[i]._view_count = 1
        panels[0].play.click()
        await until(lambda: trainer.record.steps > 2)
        panels[0].close()
        # one that was never shown is no place to press Pause at
        assert panels[1].controller.playing == (seen != (0,))
        panels[1].close()
        assert not panels[1].controller.playing
        steps = trainer.record.steps
        await asyncio.sleep(0.01)
        assert trainer.record.steps == steps

    asyncio.run(use())


def test_pause_and_play_at_once_plays_on_and_only_once() -> None:
    async def use() -> None:
        controller = TrainingController(make_trainer())
        controller.play()
        await until(lambda: controller.trainer.record.steps > 2)
        controller.reset()
        controller.play()
        assert controller.playing
        await until(lambda: controller.trainer.record.steps > 2)
        assert len([t for t in asyncio.all_tasks() if "_go_on" in repr(t)]) == 1
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
def test_of_two_trainers_with_parameters_in_common_one_plays(
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
        assert "another run moves the same parameters" in str(first.notice)
        assert apart.playing
        first.play()
        assert first.notice is None
        assert not second.playing
        for controller in (first, second, apart):
            controller.close()

    asyncio.run(use())


def test_a_trainer_that_nobody_holds_is_collected() -> None:
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


# --- NaN and infinity ----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("at", [1, 5])
@pytest.mark.parametrize("by", ["play", "epoch", "step"])
def test_a_loss_that_is_no_number_pauses_and_says_what_to_do(
    value: float, at: int, by: str
) -> None:
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
        assert f"the loss is {value}. Reset, and a smaller lr" in panel.message.value
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
    assert "smaller lr" in str(controller.notice)


@pytest.mark.parametrize("button", ["step", "play"])
def test_a_landscape_without_a_number_says_so_too(button: str) -> None:
    async def use() -> None:
        # drawn on a grid it is a number, stepped on it is none
        own = Landscape(
            "own", lambda x, y: x * x + y * (1 if x.ndim else np.nan), (-1, 1), (-1, 1), (),
            (0.5, 0), 0.1, "", "",
        )  # fmt: skip
        panel = LandscapePanel(own)
        getattr(panel, button).click()
        await until(lambda: "Reset, and a smaller lr" in panel.message.value)
        assert panel.play.description == "Play"
        panel.reset.click()
        await until(lambda: panel.message.value == "")
        panel.close()

    asyncio.run(use())


# --- interrupts ----------------------------------------------------------------------------------


@pytest.fixture
def idle_kernel() -> Iterator[None]:
    """Interrupts are ignored, as a kernel does while no cell runs."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("idle_kernel")
@pytest.mark.parametrize("speed", [None, 1.0])
def test_an_interrupt_pauses_and_the_handler_of_before_is_back(speed: float | None) -> None:
    async def use() -> None:
        # the runner of asyncio has set its own: a kernel's loop has none
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        panel = TrainingPanel(make_trainer())
        panel.controller.speed = speed
        for _ in range(2):
            panel.controller.play()
            steps = panel.controller.trainer.record.steps
            await until(lambda steps=steps: panel.controller.trainer.record.steps > steps)  # type: ignore[misc]
            interrupt()
            await until(lambda: not panel.controller.playing)
            assert "Paused:</b> the kernel was interrupted" in panel.message.value
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
            interrupt()  # in pause: nothing
        panel.close()

    asyncio.run(use())


@pytest.mark.usefixtures("idle_kernel")
@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_finishes_the_step_and_a_second_breaks_it_off(times: int) -> None:
    async def use() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        controller = TrainingController(make_trainer())
        good = controller.trainer.train_func

        def slow(*batch: Any) -> Any:
            for _ in range(times):
                interrupt()
            return good(*batch)

        controller.trainer.train_func = slow
        controller.play()
        await until(lambda: not controller.playing)
        await asyncio.sleep(0.01)
        assert controller.trainer.record.steps == (1 if times == 1 else 0)
        assert "interrupted" in str(controller.notice)
        assert controller.error is None
        controller.close()

    asyncio.run(use())


def test_a_handler_of_somebody_else_stays() -> None:
    async def use() -> None:
        mine = signal.getsignal(signal.SIGINT)
        controller = TrainingController(make_trainer())
        controller.play()
        await until(lambda: controller.trainer.record.steps > 1)
        assert signal.getsignal(signal.SIGINT) is mine
        controller.close()
        assert signal.getsignal(signal.SIGINT) is mine

    asyncio.run(use())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_would_end_the_event_loop_ends_only_the_run(error: type[BaseException]) -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer())

        def ends(*_: Any) -> Any:
            raise error

        panel.controller.trainer.train_func = ends
        for press in (panel.play, panel.step):
            press.click()
            await until(lambda: panel.message.value != "")
            assert not panel.controller.playing
            panel.controller.player.take_over()
            panel.show()
        panel.close()

    asyncio.run(use())


# --- cells ---------------------------------------------------------------------------------------


class Shell:
    """As much of a kernel's shell as is needed to run functions for cells."""

    def __init__(self) -> None:
        self.events, self.hooks = self, dict[str, Any]()
        self.parent_header: dict[str, Any] = {}

    def register(self, name: str, hook: Any) -> None:
        self.hooks[name] = hook

    def run(self, cell: str | None, code: Callable[[], Any], *deleted: str) -> Any:
        metadata = {"deletedCells": list(deleted)} | ({} if cell is None else {"cellId": cell})
        self.parent_header = {"metadata": metadata}
        if self.hooks:
            self.hooks["pre_run_cell"](None)
        made = code()
        if self.hooks:
            self.hooks["post_run_cell"](None)
        return made


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell()
    monkeypatch.setattr(cells, "get_ipython", lambda: shell)
    return shell


def shown(panel: Any) -> Any:
    panel._repr_mimebundle_()
    return panel


MAKERS: dict[str, Callable[[], Any]] = {
    "TrainingPanel": lambda: TrainingPanel(make_trainer()),
    "FreezePanel": lambda: FreezePanel(make_trainer()),
    "OptimizerPanel": lambda: OptimizerPanel(make_trainer()),
    "LandscapePanel": LandscapePanel,
}


@pytest.mark.parametrize("show", [shown, lambda panel: panel])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_cell_that_is_run_again_leaves_as_many_widgets(
    shell: Shell, kind: str, show: Callable[[Any], Any]
) -> None:
    before = set(_instances)
    shell.run("a", lambda: show(MAKERS[kind]()))
    count = len(set(_instances) - before)
    for _ in range(5):
        panel = shell.run("a", lambda: show(MAKERS[kind]()))
        assert len(set(_instances) - before) == count
    shell.run("b", lambda: None)
    assert panel.comm is not None
    shell.run("b", lambda: None, "a")
    assert (panel.comm is None) == (show is shown)
    panel.close()
    assert set(_instances) == before


def test_what_is_shown_elsewhere_or_again_stays(shell: Shell) -> None:
    panel = shell.run("make", lambda: TrainingPanel(make_trainer()))
    shell.run("make", lambda: None)  # not made again: kept for later
    shell.run("a", lambda: [shown(panel), shown(panel)])
    shell.run("a", lambda: shown(panel))
    shell.run("b", lambda: shown(panel))
    shell.run("make", lambda: shown(TrainingPanel(make_trainer()))).close()
    shell.run("a", lambda: None)
    shell.run(None, lambda: None)
    assert panel.comm is not None
    panel._view_count = 1  # in a box, perhaps, in a cell that only shows the box
    shell.run("b", lambda: None)
    assert panel.comm is not None
    panel.close()
