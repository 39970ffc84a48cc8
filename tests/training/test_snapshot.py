"""A snapshot restores everything a run depends on, to the bit, at any step of an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
import fineopt.module as M
from fineopt.atomic import commit
from fineopt.data import DataLoader, RandomSampler
from fineopt.data.dataset import ArrayDataset
from fineopt.optimizer import SGD, Adam, CosineAnnealingLR, MultipleOptimizer
from fineopt.training import Snapshot, Trainer
from fineopt.training.feed import Feed


class Net(M.Module):
    """With buffers (batch norm), and random numbers in each forward pass (dropout)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = M.Linear(4, 6)
        self.norm = M.BatchNorm1d(6)
        self.drop = M.Dropout(0.4)
        self.last = M.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        return self.last(self.drop(F.relu(self.norm(self.first(x)))))


def make() -> Trainer:
    """Two optimizers, a schedule and a shuffled loader of 5 mini-batches."""
    fineopt.random.seed(3)
    draw, net = np.random.RandomState(3), Net()
    data = ArrayDataset(draw.normal(size=(20, 4)).astype("float32"), draw.randint(3, size=20))
    optimizer = MultipleOptimizer(
        SGD([*net.first.parameters(), *net.norm.parameters()], lr=0.1, momentum=0.9),
        Adam(net.last.parameters(), lr=0.01),
    )
    loader = DataLoader(data, RandomSampler(data, batch_size=4, seed=5))
    return Trainer(net, optimizer, loader, schedule=CosineAnnealingLR(optimizer, 6))


def snapshot(trainer: Trainer) -> tuple[Snapshot, Feed]:
    feed = Feed(trainer.dataloader)
    return Snapshot(trainer.engine, feed, trainer.schedule), feed


def steps(trainer: Trainer, count: int) -> list[float]:
    return [trainer.step() for _ in range(count)]


def change_everything(trainer: Trainer) -> None:
    """As a hand may: a frozen parameter, another group, another rule, other numbers."""
    net = trainer.net
    trainer.gm.detach(net.first.weight)
    trainer.optimizer.param_groups[0]["lr"] = 0.7
    trainer.optimizer.param_groups[1]["params"].pop()
    trainer.swap_optimizer(0, Adam)
    net.last.weight[...] = 5.0
    net.eval()
    fineopt.random.seed(99)


@pytest.mark.parametrize("before", [0, 5, 10])
def test_the_same_steps_follow_from_the_end_of_an_epoch(before: int) -> None:
    trainer = make()
    steps(trainer, before)
    kept, _ = snapshot(trainer)
    expected = steps(trainer, 7)
    change_everything(trainer)
    commit([*kept.restoring(), trainer._feed.restarting(kept.step_in_epoch)])
    kept.finish()
    assert steps(trainer, 7) == expected


@pytest.mark.parametrize("before", [1, 4, 8])
def test_the_same_steps_follow_from_the_middle_of_an_epoch(before: int) -> None:
    trainer = make()
    steps(trainer, before)
    kept = Snapshot(trainer.engine, trainer._feed, trainer.schedule)
    expected = steps(trainer, 9)
    change_everything(trainer)
    commit([*kept.restoring(), trainer._feed.restarting(kept.step_in_epoch)])
    kept.finish()
    assert kept.step_in_epoch == before % 5
    assert steps(trainer, 9) == expected


def test_modes_and_attachments_are_restored() -> None:
    trainer = make()
    steps(trainer, 2)
    calls: list[str] = []
    p = trainer.net.last.bias
    trainer.gm.attach(p, lambda x, grad: calls.append(x.name) or grad)
    kept, _ = snapshot(trainer)
    trainer.gm.detach(p)
    trainer.net.eval()
    commit(kept.restoring())
    assert all(module.training for module in trainer.net.modules())
    trainer.step()
    assert calls == ["last.bias"]


def test_its_state_is_plain_and_can_be_saved(tmp_path: Any) -> None:
    trainer = make()
    steps(trainer, 2)
    state = snapshot(trainer)[0].state_dict()
    assert [*state] == ["parameters", "buffers", "optimizer", "gm", "schedule", "data", "random"]
    before = {name: value.copy() for name, value in state["parameters"].items()}
    fineopt.save(state, tmp_path / "state")
    steps(trainer, 3)
    loaded = fineopt.load(tmp_path / "state")
    for name, value in before.items():
        np.testing.assert_array_equal(loaded["parameters"][name], value)
        np.testing.assert_array_equal(state["parameters"][name], value)
    assert loaded["gm"]["attached"] == [*before]
