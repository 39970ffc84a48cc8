"""The share of the time that frames may take, with what pages cost besides."""

from __future__ import annotations

import pytest

from fineopt.control.playing.pace import FRAME_SHARE, SAVED, FrameBudget
from fineopt.widgets.live.pages import ACK_COST, ACK_EVERY


@pytest.mark.parametrize("every", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("frame", [0.001, 0.003, 0.012, 0.1])
@pytest.mark.parametrize("ack", [0.0, ACK_COST, 5 * ACK_COST])
def test_frames_and_acknowledgements_keep_to_their_share(
    every: float, frame: float, ack: float
) -> None:
    budget, now, acknowledged, spent, frames = FrameBudget(0.0), 0.0, 0.0, 0.0, 0
    while now < 60.0:
        now += 0.005  # a step
        if ack and now - acknowledged >= ACK_EVERY:
            budget.charge(ack)
            now, acknowledged, spent = now + ack, now, spent + ack
        if budget.due(now, every):
            budget.spend(now, now + frame, every)
            now, spent, frames = now + frame, spent + frame, frames + 1
    assert spent <= FRAME_SHARE * (now + SAVED) + frame + ack
    if frame <= 0.003 and every == 0.1 and ack <= ACK_COST:
        assert 598 <= frames <= 600, "as often as was asked for"
    assert frames >= 0.5 * min((FRAME_SHARE - ack / ACK_EVERY) / frame, 1 / (every + 0.01)) * 60
