"""Interrupts of the kernel pause what plays."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from fineopt.widgets import TrainingController, TrainingPanel
from tests.support.small import make_trainer
from tests.support.waiting import turns, until


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
def test_an_interrupt_pauses_and_restores_the_handler(speed: float | None) -> None:
    async def use() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # asyncio.run may have set its own handler
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
        await turns()
        assert controller.trainer.record.steps == (1 if times == 1 else 0)
        assert "interrupted" in str(controller.notice)
        assert controller.error is None
        controller.close()

    asyncio.run(use())


def test_any_other_handler_is_left_alone() -> None:
    async def use() -> None:
        # installed here: a process started in the background of a script ignores SIGINT
        before = signal.signal(signal.SIGINT, other)
        try:
            controller = TrainingController(make_trainer())
            controller.play()
            await until(lambda: controller.trainer.record.steps > 1)
            assert signal.getsignal(signal.SIGINT) is other
            controller.close()
            assert signal.getsignal(signal.SIGINT) is other
        finally:
            signal.signal(signal.SIGINT, before)

    def other(*_: object) -> None:
        raise AssertionError("not to be called")

    asyncio.run(use())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_exception_that_would_end_the_event_loop_ends_only_the_run(
    error: type[BaseException],
) -> None:
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
