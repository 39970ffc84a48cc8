"""The run of the open tasks: two epochs of LeNet on the packaged digits, and its test accuracy."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ... import random
from ...core.autodiff import GradManager
from ...data import DataLoader, RandomSampler, SequentialSampler
from ...data.dataset import MNISTSample
from ...data.transform import Compose, Normalize, Pad, ToMode
from ...language import say
from ...models import LeNet
from ...ops import Array
from ...optimizer import MultipleOptimizer, Optimizer
from ...training import Trainer, progress, train_func
from .counting import count_vjps

__all__ = ["EPOCHS", "STEPS", "score", "vjps_per_step"]

EPOCHS = 2
STEPS = 124  # of both epochs

Build = Callable[[LeNet], Any]
Plan = Callable[[Any, int], Any]


def score(build: Build, plan: Plan | None = None, most_vjps: int | None = None) -> float | str:
    """Return the test accuracy after two epochs from the initial values of the lessons.

    Args:
        build: given a LeNet, returns an optimizer, or an optimizer and a GradManager.
        plan: called as `plan(optimizer, step)` before each step, with steps from 0.
        most_vjps: how many VJPs a step may call.

    Returns:
        The fraction of the 1,000 test digits that are classified correctly; or what is wrong.
    """
    state = random.get_state()
    try:
        random.seed(0)
        net = LeNet()
        before = net.state_dict()
        made = build(net)
        if wrong := _wrong(made, net, before):
            return wrong
        optimizer, gm = made if isinstance(made, tuple | list) else (made, None)
        gm = GradManager().attach(net.parameters()) if gm is None else gm
        if most_vjps is not None and (count := vjps_per_step(net, gm)) > most_vjps:
            return say(
                "a step calls {count} VJPs, but may call {most} at most.",
                count=count,
                most=most_vjps,
            )
        return _train(net, optimizer, gm, plan)
    finally:
        random.set_state(state)


def _wrong(made: Any, net: LeNet, before: dict[str, Array]) -> str | None:
    optimizer, gm = made if isinstance(made, tuple | list) and len(made) == 2 else (made, None)
    if not isinstance(optimizer, Optimizer | MultipleOptimizer):
        return say(
            "the function should return an optimizer of fineopt, such as optim.SGD(...) or "
            "optim.MultipleOptimizer(...), but returned {made}.",
            made=type(optimizer).__name__,
        )
    if gm is not None and not isinstance(gm, GradManager):
        return say("the function should return (optimizer, gm), but gm is {made}.", made=repr(gm))
    if any(not np.array_equal(now, before[name]) for name, now in net.state_dict().items()):
        return say("the function changed the network: only the two epochs should train it.")
    return None


def _train(net: LeNet, optimizer: Any, gm: GradManager, plan: Plan | None) -> float:
    trainer = Trainer(net, optimizer, _digits(True), gm)
    for step in progress(range(STEPS)):
        if plan is not None:
            plan(optimizer, step)
        trainer.step()
    net.eval()
    right = sum(int((net(x).argmax(1).numpy() == y).sum()) for x, y in _digits(False))
    return right / 1000


def vjps_per_step(net: LeNet, gm: GradManager) -> int:
    """Return how many VJPs the backward pass of a step calls; the parameters keep their grads."""
    grads = [(p, p.grad) for p in net.parameters()]
    with count_vjps() as count:
        train_func(np.zeros((2, 1, 32, 32)), np.array([0, 1]), net, gm)
    for p, grad in grads:
        p.grad = grad
    return count.calls


def _digits(train: bool) -> DataLoader:
    pixels = [Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")]
    digits = _sample(train)
    if train:
        return DataLoader(
            digits, RandomSampler(digits, batch_size=64, drop_last=True, seed=0), Compose(pixels)
        )
    return DataLoader(digits, SequentialSampler(digits, batch_size=250), Compose(pixels))


@lru_cache
def _sample(train: bool) -> MNISTSample:
    return MNISTSample(train=train)
