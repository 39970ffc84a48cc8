"""The cost of an audit before a step."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import numpy as np

from fineopt.audit import audit
from fineopt.autodiff import GradManager
from fineopt.functional import loss
from fineopt.models import LeNet
from fineopt.optimizer import Adam
from fineopt.tensor import Tensor

from . import peer
from .measure import Row, compare, seconds
from .networks import images

__all__ = ["audits"]

WIDTH = 3162  # of a square weight: ten million numbers
LIMIT = 10.0  # ms


def audits(threads: int, rounds: int) -> Iterator[Row]:
    """Compare an audit of LeNet to 10 ms, and one of ten million numbers to a step and a copy."""
    net = LeNet()
    optimizer, gm = Adam(net.parameters(), lr=1e-3), GradManager()
    gm.attach(net.parameters())
    data, label = images(64, 1)
    with gm:
        gm.backward(loss.cross_entropy(net(Tensor(data)), label))
    times = [1e3 * seconds(lambda: audit(net, optimizer, gm), 3) for _ in range(rounds)]
    ours = statistics.median(times)
    yield Row("audit of LeNet with Adam", ours, LIMIT, ours / LIMIT, 1.0, of="limit")
    if peer.torch is not None:
        yield _ten_million(rounds)


def _ten_million(rounds: int) -> Row:
    torch = peer.torch
    net = torch.nn.Linear(WIDTH, WIDTH, bias=False)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    net.weight.grad = torch.from_numpy(
        np.random.default_rng(0).normal(size=(WIDTH, WIDTH)).astype("float32")
    )
    optimizer.step()

    def step_and_copy() -> None:
        optimizer.step()
        net.weight.detach().clone()

    name = "audit of ten million numbers, AdamW"
    return compare(
        name, lambda: audit(net, optimizer), step_and_copy, bar=1.5, rounds=rounds, of="step"
    )
