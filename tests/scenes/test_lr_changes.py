"""Marks of lr changes: each change by hand, and each schedule once, whatever its length."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.data import DataLoader, RandomSampler
from fineopt.optimizer import CosineAnnealingLR, ExponentialLR, LinearLR, OneCycleLR, StepLR
from fineopt.optimizer.multiple import AnyOptimizer
from fineopt.optimizer.schedules.base import LRScheduler
from fineopt.recorder import Record
from fineopt.scenes.charts.loss import loss_chart
from fineopt.scenes.lr_changes import LRChange, LRChanges, mark_text
from fineopt.scenes.summary import Summary
from fineopt.training import Trainer
from tests.scenes.samples import EPOCH
from tests.support.small import make_trainer


def merged(rates: list[float], gap: int | None = None) -> list[tuple[int, int, float]]:
    """For each mark: its position, the interval of its changes, and the final lr."""
    lr_changes = LRChanges(0)
    lr_changes.extend(np.array(rates), since=1)
    of_run = max(4, 2 ** int(np.ceil(np.log2(len(rates)))) // 32)
    return [(b.at, b.every, round(b.new, 6)) for b in lr_changes.merged(gap or of_run)]


def by_epoch(factor: list[float], length: int = EPOCH) -> list[float]:
    return np.repeat(factor, length).tolist()


def scheduled(make: Callable[[AnyOptimizer], LRScheduler]) -> Trainer:
    """A trainer of two groups with a schedule, whose epochs are of 12 steps."""
    small = make_trainer()
    loader = DataLoader(small.dataloader.dataset, RandomSampler(small.dataloader.dataset, 2))
    schedule = make(small.optimizer)
    return Trainer(small.net, small.optimizer, loader, schedule=schedule)


def words(record: Record) -> list[str]:
    """The text of the loss chart's marks, oldest first."""
    verticals = loss_chart(Summary(record))["verticals"]
    return [vertical["text"] for vertical in verticals if vertical["text"]]


@pytest.mark.parametrize("make", [
    lambda o: LinearLR(o, 12), lambda o: CosineAnnealingLR(o, 12), lambda o: ExponentialLR(o, 0.7),
    lambda o: OneCycleLR(o, 60),
])  # fmt: skip
def test_a_schedule_stepped_by_epoch_is_one_mark_where_it_begins(
    make: Callable[[AnyOptimizer], LRScheduler],
) -> None:
    trainer = scheduled(make)
    lr_changes = Summary(trainer.run(epochs=10)).lr_changes
    assert [(b.group, b.at, b.every) for b in lr_changes] == [(0, 12, 12), (1, 12, 12)]
    assert words(trainer.record) == ["first lr changes every epoch", "last lr changes every epoch"]


def test_a_step_schedule_is_regular_from_its_third_drop_on() -> None:
    trainer = scheduled(lambda optimizer: StepLR(optimizer, 2, gamma=0.5))
    assert words(trainer.run(epochs=5))[-2:] == ["first lr 0.025", "last lr 0.0025"]
    trainer.run(epochs=2)
    assert words(trainer.record) == [
        "first lr changes every 2 epochs", "last lr changes every 2 epochs",
    ]  # fmt: skip


@pytest.mark.parametrize("saved", [False, True])
def test_a_plain_python_loop_is_marked_like_a_schedule(saved: bool, tmp_path: Path) -> None:
    trainer = make_trainer()
    for _ in range(120):
        trainer.step()
        trainer.optimizer.param_groups[0]["lr"] *= 0.99
    record = trainer.record
    if saved:
        record.save(tmp_path / "run.npz")
        record = Record.load(tmp_path / "run.npz")
    assert words(record) == ["first lr changes every step"]


@pytest.mark.parametrize("hand", [0.5, 0.0])
def test_a_change_by_hand_within_a_schedule_is_marked(hand: float) -> None:
    rates = [0.1 * 0.99**i for i in range(200)] + [hand * 0.99**i for i in range(100)]
    assert merged(rates) == [(1, 1, round(rates[199], 6)), (200, 0, hand)]


def test_an_override_of_a_schedule_and_its_release_are_marked() -> None:
    trainer = scheduled(lambda optimizer: CosineAnnealingLR(optimizer, 60))
    trainer.run(epochs=10)
    trainer.step()
    trainer.optimizer.param_groups[0]["lr"] = 0.07
    trainer.run(epochs=8)
    trainer.step()
    trainer.schedule.release(0)  # type: ignore[union-attr]
    trainer.run(epochs=12)
    lr_changes = Summary(trainer.record).lr_changes
    begin, hand, release, again = (change for change in lr_changes if change.group == 0)
    assert (begin.at, begin.every, hand.at, hand.every, hand.new) == (12, 12, 121, 0, 0.07)
    assert (release.at, release.every, again.at, again.every) == (217, 0, 228, 12)
    assert [change.every for change in lr_changes if change.group == 1] == [12]


def test_freezing_and_thawing_are_marked_while_a_schedule_runs() -> None:
    rates = by_epoch([0.1, 0.09, 0.08, 0.07, 0.0, 0.0, 0.05, 0.04, 0.03, 0.02])
    assert merged(rates) == [(10, 10, 0.07), (40, 0, 0.0), (60, 0, 0.05), (70, 10, 0.02)]


def test_irregular_changes_stay_single() -> None:
    assert merged(by_epoch([0.1, 0.05, 0.2, 0.1, 0.4])) == [
        (10, 0, 0.05), (20, 0, 0.2), (30, 0, 0.1), (40, 0, 0.4),
    ]  # fmt: skip
    assert [every for _, every, _ in merged(by_epoch([0.1, 0.09, 0.001, 0.0009]))] == [0, 0, 0]
    uneven = [0.1] * 10 + [0.09] * 20 + [0.08] * 10 + [0.07] * 20
    assert [every for _, every, _ in merged(uneven)] == [0, 0, 0]


@pytest.mark.parametrize(("length", "at", "every"), [(40, 40, 0), (100, 1, 1)])
def test_a_dragged_slider_is_marked_at_its_end_and_a_long_decay_at_its_start(
    length: int, at: int, every: int
) -> None:
    rates = [0.1 * 0.97 ** min(i, length) for i in range(200)]
    assert merged(rates) == [(at, every, round(rates[-1], 6))]


def test_a_wave_is_marked_once_and_where_it_turns() -> None:
    wave = 0.05 + 0.04 * np.cos(np.arange(360) / 40)
    assert [(at, every) for at, every, _ in merged(wave.tolist())] == [
        (1, 1), (126, 0), (252, 0),
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 999),
    cuts=st.lists(st.integers(1, 899), max_size=30, unique=True),
    pause=st.sampled_from([1, 3, 20, 60]),
)
def test_changes_do_not_depend_on_when_the_lr_is_read(
    seed: int, cuts: list[int], pause: int
) -> None:
    """Schedules, changes by hand, freezes and rests in any order, read in any pieces."""
    random, rates = np.random.RandomState(seed), [0.1]
    while len(rates) < 900:
        every, factor = random.choice([1, 2, 7, 30]), random.choice([0.9, 0.98, 1.1, 3.0])
        for _ in range(random.randint(1, 60)):
            rates += [rates[-1] * factor] * every
        rates += [[rates[-1], 0.0, 0.1, np.nan][random.randint(4)]] * random.randint(1, 1 + pause)
        rates[-1] = rates[-1] if 1e-9 < rates[-1] < 1e9 else 0.1
    lr = np.array(rates[:900])

    def gap(steps: int) -> int:
        return max(4, 2 ** int(np.ceil(np.log2(steps))) // 32)

    live, whole = LRChanges(0), LRChanges(0)
    for begin, end in pairwise([1, *sorted({*cuts, 900} - {1})]):
        live.extend(lr[begin - 1 : end], begin)
        live.merged(gap(end))
        whole = LRChanges(0)
        whole.extend(lr[:end], 1)
        assert live.merged(gap(end)) == whole.merged(gap(end))


@pytest.mark.parametrize(
    "kind", ["even", "random at every step", "short schedules and changes by hand"]
)
def test_100_000_steps_with_a_change_at_each_are_merged_into_few(kind: str) -> None:
    steps, random = np.arange(100_000), np.random.RandomState(0)
    lr = {
        "even": 0.1 * 0.9999**steps,
        "random at every step": random.uniform(0.01, 1, len(steps)),
        "short schedules and changes by hand": 0.1 * 0.99 ** (steps % 90) * (1 + (steps % 97 == 0)),
    }[kind]
    lr_changes = LRChanges(0)
    lr_changes.extend(lr, 1)
    marks = lr_changes.merged(4096)
    assert len(marks) < 150
    assert lr_changes.size < 250  # 10 kB
    # No more are kept if the lr is read frame by frame.
    live = LRChanges(0)
    for at in range(1, 20_000, 37):
        live.extend(lr[at - 1 : at + 37], at)
        live.merged(max(4, 2 ** int(np.ceil(np.log2(at + 37))) // 32))
        assert live.size < 153


def test_intervals_are_in_epochs_if_possible() -> None:
    def said(every: int, epoch: int | None) -> str:
        return mark_text("fc", LRChange(0, every, 9 * every, 0.1, 0.01, every), epoch)

    assert [said(1, 62), said(62, 62), said(124, 62), said(20, 62), said(62, None)] == [
        "fc lr changes every step", "fc lr changes every epoch", "fc lr changes every 2 epochs",
        "fc lr changes every 20 steps", "fc lr changes every 62 steps",
    ]  # fmt: skip
