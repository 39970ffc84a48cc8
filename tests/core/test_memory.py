"""Memory of a training step: bounded, linear in the batch size, freed without the gc."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
import fineopt.module as M
import fineopt.optimizer as optim
from fineopt import Tensor
from fineopt.autodiff import GradManager
from fineopt.models import LeNet

MB = 2**20


def lenet_step(batch: int) -> Callable[[], None]:
    rng = np.random.RandomState(0)
    net = LeNet()
    gm = GradManager().attach(net.parameters())
    optimizer = optim.Adam([{"params": [p]} for p in net.parameters()], lr=1e-3)
    x = fineopt.tensor(rng.randn(batch, 1, 32, 32).astype("f4"))
    y = fineopt.tensor(rng.randint(0, 10, batch))

    def step() -> None:
        optimizer.clear_grad()
        with gm:
            gm.backward(F.loss.cross_entropy(net(x), y))
        optimizer.step()

    return step


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def peak(batch: int) -> float:
    step = lenet_step(batch)
    step()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    step()
    return (tracemalloc.get_traced_memory()[1] - before) / MB


@pytest.mark.usefixtures("traced")
def test_a_step_takes_less_than_30_mb_and_grows_with_the_batch() -> None:
    small, middle, large = peak(32), peak(64), peak(128)
    assert middle < 30
    assert large - middle == pytest.approx(2 * (middle - small), rel=0.1)


@pytest.mark.usefixtures("traced")
def test_nothing_grows_over_many_steps() -> None:
    step = lenet_step(2)
    for _ in range(20):
        step()
    grown: list[int] = []
    # A leak grows every time; Python's free lists stop growing, on 3.10 after 600 steps.
    while len(grown) < 12 and min(grown, default=10_000) >= 3_300:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            step()
        gc.collect()
        grown.append(tracemalloc.get_traced_memory()[0] - before)
    assert min(grown) < 3_300, grown  # 33 bytes a step


def test_nothing_grows_over_ten_thousand_steps() -> None:
    net = M.Sequential(M.Conv2d(1, 2, 3), M.ReLU(), M.MaxPool2d(2), M.Flatten(), M.Linear(2, 3))
    gm = GradManager().attach(net.parameters())
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    x, y = fineopt.tensor(np.ones((2, 1, 4, 4), "f4")), fineopt.tensor([0, 2])

    def step() -> None:
        with gm:
            gm.backward(F.loss.cross_entropy(net(x), y))
        optimizer.step().clear_grad()

    for _ in range(20):
        step()
    gc.collect()
    before = sys.getallocatedblocks()  # of Python's objects, each ndarray among them
    for _ in range(10_000):
        step()
    gc.collect()
    assert sys.getallocatedblocks() - before < 1000  # a tenth of an object a step


def test_a_step_creates_no_reference_cycles() -> None:
    step = lenet_step(2)
    step()
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            step()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_an_abandoned_forward_pass_creates_no_reference_cycles() -> None:
    net = LeNet()
    gm = GradManager().attach(net.parameters())
    x = fineopt.tensor(np.zeros((2, 1, 32, 32)))
    gc.collect()
    gc.disable()
    try:
        with gm:
            net(x)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_steps_of_all_layers_create_no_reference_cycles() -> None:
    front = [M.Conv2d(1, 2, 3), M.BatchNorm2d(2), M.ReLU(), M.MaxPool2d(2), M.AvgPool2d(2, 1)]
    net = M.Sequential(*front, M.Flatten(), M.Dropout(0.5), M.Linear(8, 4))
    gm = GradManager().attach(net.parameters())
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def step() -> None:
        with gm:
            out = F.concat([net(Tensor(np.ones((2, 1, 8, 8)))), Tensor(np.zeros((2, 1)))], 1)
            out[:, 0] = out.max(axis=1) + out.prod()
            gm.backward(F.loss.cross_entropy(out, [0, 1]))
        optimizer.step().clear_grad()

    step()
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            step()
        assert gc.collect() == 0
    finally:
        gc.enable()
