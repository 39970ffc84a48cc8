"""Small PyTorch models, trained with and without being watched."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.support.peers import import_torch

torch = import_torch()
nn = torch.nn
torch.set_num_threads(1)  # on busy cores its threads wait for each other

X = torch.tensor(np.random.RandomState(1).normal(size=(12, 8)).astype("float32"))
Y = torch.arange(12) % 3


def make_model(dtype: Any = torch.float32) -> Any:
    """A model with batch norm and dropout, always with the same weights."""
    torch.manual_seed(3)
    layers = [nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 3)]
    return nn.Sequential(*layers).to(dtype)


def make_groups(model: Any) -> list[dict[str, Any]]:
    """Two groups, body and head."""
    body = [*model[0].parameters(), *model[1].parameters()]
    return [{"params": body, "name": "body"}, {"params": model[4].parameters(), "name": "head"}]


def make_scaler(**options: Any) -> Any:
    """A scaler of mixed precision; before 2.3 PyTorch has one for CUDA only, which then is off."""
    if hasattr(torch.amp, "GradScaler"):
        return torch.amp.GradScaler("cpu", **options)
    return torch.cuda.amp.GradScaler(enabled=False)


def loss_of(model: Any) -> Any:
    x = X.to(next(model.parameters()).dtype)
    return nn.functional.cross_entropy(model(x).float(), Y)


def train(model: Any, optimizer: Any, steps: int = 12, each: Callable[[int], None] | None = None):
    """Train by a plain loop, and return the losses."""
    losses = []
    for i in range(steps):
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach().clone())
        if each is not None:
            each(i)
    return torch.stack(losses)


def seed() -> None:
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)


def streams() -> list[Any]:
    """Return numbers that tell where the generators are."""
    return [torch.rand(3).tolist(), random.random(), np.random.random_sample()]
