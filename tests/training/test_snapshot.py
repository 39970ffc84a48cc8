"""A snapshot restores everything a run depends on, to the bit, at any step of an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
import fineopt.module as M
from fineopt.data import DataLoader, RandomSampler
from fineopt.data.dataset import ArrayDataset
from fineopt.optimizer import SGD, Adam, CosineAnnealingLR, MultipleOptimizer
from fineopt.training import Trainer


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


class OwnLoader:
    """Has a length, but no state."""

    def __init__(self, batches: Any) -> None:
        self.batches = list(batches)

    def __iter__(self) -> Any:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


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


@pytest.mark.parametrize("before", [0, 1, 4, 5, 8, 10])
def test_the_same_steps_follow(before: int) -> None:
    trainer = make()
    steps(trainer, before)
    kept = trainer.snapshot()
    recorded = trainer.record.to_dict()
    expected = steps(trainer, 9)
    change_everything(trainer)
    trainer.restore(kept)
    assert (trainer.record.steps, trainer.step_in_epoch) == (before, before % 5)
    assert trainer.record.to_dict() == recorded
    assert steps(trainer, 9) == expected
    trainer.restore(kept)  # again: nothing of it has been used up
    assert steps(trainer, 9) == expected


def test_snapshots_are_restored_in_any_order() -> None:
    trainer, kept, losses = make(), [], []
    for _ in range(12):
        kept.append(trainer.snapshot())
        losses.append(trainer.step())
    for i in (7, 2, 11, 0, 5):
        trainer.restore(kept[i])
        assert steps(trainer, 12 - i) == losses[i:]


def test_a_reset_is_the_first_snapshot_with_an_empty_record() -> None:
    trainer = make()
    first = steps(trainer, 6)
    change_everything(trainer)
    trainer.reset()
    assert (trainer.record.steps, trainer.epoch) == (0, 0)
    assert steps(trainer, 6) == first


def test_modes_and_attachments_are_restored() -> None:
    trainer = make()
    steps(trainer, 2)
    calls: list[str] = []
    p = trainer.net.last.bias
    trainer.gm.attach(p, lambda x, grad: calls.append(x.name) or grad)
    kept = trainer.snapshot()
    trainer.gm.detach(p)
    trainer.net.eval()
    trainer.restore(kept)
    assert all(module.training for module in trainer.net.modules())
    trainer.step()
    assert calls == ["last.bias"]


def test_a_loader_without_state_is_named() -> None:
    trainer = make()
    own = OwnLoader(trainer.dataloader)
    other = Trainer(trainer.net, trainer.optimizer, own)
    assert trainer.limits() == []
    assert other.limits() == [
        "the dataloader, a OwnLoader, has no state_dict: the order of the data is not restored"
    ]
    other.step()
    kept = other.snapshot()
    other.step()
    other.restore(kept)
    assert (other.step_in_epoch, other.record.steps) == (1, 1)
    other.run_epoch()
    assert other.record.steps == 5


def test_another_network_is_refused_and_nothing_changes() -> None:
    trainer = make()
    steps(trainer, 3)
    kept = trainer.snapshot()
    losses = steps(trainer, 2)
    head, trainer.net.last = trainer.net.last, M.Linear(6, 3)
    with pytest.raises(ValueError, match=r"has changed since .* last.bias"):
        trainer.restore(kept)
    assert trainer.record.steps == 5
    trainer.net.last = head
    trainer.restore(kept)
    assert steps(trainer, 2) == losses


def test_its_state_is_plain_and_can_be_saved(tmp_path: Any) -> None:
    trainer = make()
    steps(trainer, 2)
    state = trainer.state_dict()
    names = "start parameters buffers grads modules optimizer groups gm train_func schedule "
    assert [*state] == (names + "schedule_every data step_in_epoch random tested record").split()
    before = {name: value.copy() for name, value in state["parameters"].items()}
    fineopt.save(state, tmp_path / "state")
    steps(trainer, 3)
    loaded = fineopt.load(tmp_path / "state")
    for name, value in before.items():
        np.testing.assert_array_equal(loaded["parameters"][name], value)
        np.testing.assert_array_equal(state["parameters"][name], value)
    assert loaded["gm"]["attached"] == [*before]
