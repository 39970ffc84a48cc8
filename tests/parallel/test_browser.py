"""In a browser, each pause between steps is long enough for messages to arrive."""

from __future__ import annotations

import asyncio

import pytest

from fineopt.control.playing import player
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

    monkeypatch.setattr(browser, "IN_BROWSER", True)
    monkeypatch.setattr(player.asyncio, "sleep", note)
    asyncio.run(play())
    assert len(slept) == 2
    assert min(slept) >= 0.003
