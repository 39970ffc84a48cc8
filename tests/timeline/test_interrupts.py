"""Ctrl-C at any line of rewind, branch and switch: the run stands where it was or where it goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fineopt
import fineopt.module as M
from fineopt.optimizer import CosineAnnealingLR, RMSprop
from fineopt.timeline import Timeline

from ..support.injection import interrupted
from .test_exactness import STEPS, all_of, run, two

STRIDE = int(os.environ.get("STRIDE", 397))  # lines from one interrupt to the next


def made() -> Timeline:
    fineopt.random.seed(3)
    trainer = run(
        M.BatchNorm1d(6), M.Dropout(0.4), optimizer=two, schedule=lambda o: CosineAnnealingLR(o, 4)
    )
    timeline = Timeline(trainer)
    trainer.run(2)
    timeline.branch("other", at=1)
    trainer.swap_optimizer(0, RMSprop)
    for _ in range(STEPS + 2):
        trainer.step()
    return timeline


def state(timeline: Timeline) -> Any:
    place = timeline.place
    names = {line.name: [m.steps for m in line.moments] for line in place.lines.values()}
    return (all_of(timeline.trainer), place.line.name, place.position.steps, names)


ACTIONS: dict[str, Callable[[Timeline], object]] = {
    "rewind": lambda timeline: timeline.rewind(epoch=1),
    "rewind on another branch": lambda timeline: timeline.rewind(
        timeline.branches["main"].moments[-1]
    ),
    "branch": lambda timeline: timeline.branch("new", at=0),
    "branch from here": lambda timeline: timeline.branch("new"),
    "switch": lambda timeline: timeline.switch("main"),
    "snapshot": lambda timeline: timeline.snapshot(),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_an_interrupt_finds_all_or_nothing(action: Any) -> None:
    before = made()
    old = state(before)
    action(before)
    new = state(before)
    tried = 0
    while True:
        timeline = made()
        where = interrupted(1 + STRIDE * tried, lambda: action(timeline))  # noqa: B023
        if not where:
            break
        now = state(timeline)
        assert now in (old, new), where
        if now == old:
            action(timeline)  # again
            assert state(timeline) == new, where
        timeline.trainer.step()
        tried += 1
    assert tried > 3


def test_an_interrupted_epoch_has_its_snapshot_all_the_same() -> None:
    def begun() -> Timeline:
        fineopt.random.seed(3)
        return Timeline(run(M.Dropout(0.4), optimizer=two))

    timeline = begun()
    losses = timeline.trainer.run(2).loss.tolist()
    line = 0
    while True:
        timeline = begun()
        for _ in range(STEPS - 1):
            timeline.trainer.step()
        if not interrupted(1 + 97 * line, timeline.trainer.step):
            break
        timeline.trainer.run(2 - timeline.trainer.epoch)
        assert timeline.trainer.record.loss.tolist() == losses
        assert timeline.current.epochs == [0, 1, 2]
        line += 1
    assert line > 5


def test_an_interrupted_load_leaves_the_run_or_loads(tmp_path: Path) -> None:
    saved = made()
    saved.save(tmp_path / "timeline")
    new, tried = all_of(saved.trainer), 0
    while True:
        timeline = made()
        timeline.switch("main")
        old = all_of(timeline.trainer)
        where = interrupted(
            1 + 9 * STRIDE * tried,
            lambda: Timeline.load(tmp_path / "timeline", timeline.trainer),  # noqa: B023
        )
        if not where:
            break
        assert all_of(timeline.trainer) in (old, new), where
        timeline.trainer.step()
        tried += 1
    assert tried > 2
