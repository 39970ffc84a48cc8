"""In a browser, each pause between steps is long enough for messages to arrive."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from fineopt import ops
from fineopt.control.playing import loop, player
from fineopt.parallel import browser


@pytest.mark.parametrize(
    ("in_browser", "seconds", "slept"),
    [(True, 0.0, 0.003), (True, 0.002, 0.003), (True, 0.1, 0.1), (False, 0.0, 0.0)],
)
def test_the_least_sleep(
    in_browser: bool, seconds: float, slept: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "IN_BROWSER", in_browser)
    assert browser.least_sleep(seconds) == slept


@pytest.mark.parametrize("batch", [1, 3, 300])  # the last takes more than one panel of columns
def test_a_convolution_without_blas_is_the_same(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.RandomState(0)
    x, w, b = random.randn(batch, 2, 9, 8), random.randn(4, 2, 3, 3), random.randn(1, 4, 1, 1)

    def results() -> list[np.ndarray]:
        y, *vjps = ops.conv2d(x, w, b, stride=(1, 1), padding=(1, 1))
        return [y, *(vjp(np.cos(y)) for vjp in vjps)]

    native = results()
    monkeypatch.setattr(browser, "IN_BROWSER", True)
    monkeypatch.setattr(np, "matmul", lambda *_, **__: pytest.fail("slow in a browser"))
    for there, here in zip(results(), native, strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-12)


def test_a_player_never_sleeps_less(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    class Countdown:
        left = 3

        def step(self) -> bool:
            self.left -= 1
            return self.left > 0

        def parameter_ids(self) -> set[int]:
            return set()

    async def play() -> None:
        playing = player.Player(Countdown())
        playing.play()
        while playing.playing:
            await sleep(0)

    for module in (browser, loop):
        monkeypatch.setattr(module, "IN_BROWSER", True)
    monkeypatch.setattr(player.asyncio, "sleep", note)
    asyncio.run(play())
    assert len(slept) == 2
    assert min(slept) >= 0.003
