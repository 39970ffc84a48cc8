"""Trainers with named groups, and every panel of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fineopt import Parameter
from fineopt import optimizer as optim
from fineopt.module import Module
from fineopt.training import Trainer
from fineopt.widgets import FreezePanel, GroupPanel, OptimizerPanel, TrainingPanel

__all__ = ["each_panel", "make_named_trainer"]


class Net(Module):
    """A module with a number of small parameters."""

    def __init__(self, count: int) -> None:
        super().__init__()
        for i in range(count):
            setattr(self, f"p{i}", Parameter(np.zeros(2, "float32")))


def make_named_trainer(names: list[str], each: int = 1) -> Trainer:
    """Return a trainer of a group per name, with a number of parameters each."""
    net = Net(len(names) * each)
    params = list(net.parameters())
    groups = [
        {"params": params[i * each : (i + 1) * each], "name": name} for i, name in enumerate(names)
    ]
    return Trainer(net, optim.SGD(groups, lr=0.1), iter([]))


def each_panel(of: Trainer) -> Iterator[Any]:
    """Yield each kind of panel of a trainer, and close it afterwards."""
    for make in (GroupPanel, FreezePanel, OptimizerPanel, TrainingPanel):
        panel = make(of.optimizer if make is GroupPanel else of)
        try:
            yield panel
        finally:
            panel.close()
