"""A small network, data and trainer for fast tests."""

from __future__ import annotations

from typing import Any

import numpy as np

import fineopt
import fineopt.functional as F
import fineopt.module as M
from fineopt.data import DataLoader, RandomSampler
from fineopt.data.dataset import ArrayDataset
from fineopt.optimizer import SGD
from fineopt.training import Trainer


class Net(M.Module):
    """Two layers on four features, in the groups 'first' and 'last'."""

    def __init__(self) -> None:
        super().__init__()
        self.first = M.Linear(4, 5)
        self.last = M.Linear(5, 3)

    def forward(self, x: Any) -> Any:
        return self.last(F.relu(self.first(x)))


def make_trainer(*, seed: int = 0, **options: Any) -> Trainer:
    """Return a trainer with groups 'first' (lr 0.1) and 'last' (0.01); 24 items, batches of 8."""
    fineopt.random.seed(seed)
    draw = np.random.RandomState(seed)
    data = ArrayDataset(
        draw.normal(size=(24, 4)).astype("float32"), draw.randint(3, size=24).astype("int32")
    )
    sampler = RandomSampler(data, batch_size=8, drop_last=True, seed=seed)
    net = Net()
    groups = [
        {"params": list(net.first.parameters()), "name": "first"},
        {"params": list(net.last.parameters()), "lr": 0.01, "name": "last"},
    ]
    optimizer = options.pop("optimizer", None) or SGD(groups, lr=0.1, momentum=0.9)
    return Trainer(net, optimizer, DataLoader(data, sampler=sampler), **options)


def rates(trainer: Trainer) -> list[float]:
    """The learning rates of a trainer's groups, rounded."""
    return [round(group["lr"], 6) for group in trainer.optimizer.param_groups]
