"""Broken training steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.autodiff import GradManager
from ...language import say, translatable
from ...ops import Array
from ...optimizer import SGD, Optimizer
from ...training import train_func
from ..exercise import Exercise
from ..judging.judges import function
from ..small import Small, batch, fresh

__all__ = ["a_step", "changed", "no_stale_gradient", "right_step"]

Step = Callable[..., Any]


def right_step(
    net: Small, optimizer: Optimizer, gm: GradManager, data_and_label: tuple[Array, Array]
) -> None:
    """Take a correct training step."""
    optimizer.clear_grad()
    train_func(*data_and_label, net, gm)
    optimizer.step()


def changed(net: Small, part: str, before: dict[str, Array]) -> str | None:
    """Return the name of the first changed tensor whose name contains `part`, or None."""
    now = net.state_dict()
    names = (name for name in now if part in name and not np.array_equal(now[name], before[name]))
    return next(names, None)


def _run() -> tuple[Small, SGD, GradManager]:
    net = fresh()
    optimizer = SGD(net.parameters(), lr=0.1)
    return net, optimizer, GradManager().attach(net.parameters())


@function
def _a_step(step: Step) -> str | None:
    ends = []
    for take_step in (step, right_step):
        net, optimizer, gm = _run()
        start = net.state_dict()
        for i in range(3):
            take_step(net, optimizer, gm, batch(i))
        ends.append(net.state_dict())
    actual, expected = ends
    if np.array_equal(actual["head.weight"], start["head.weight"]):
        return say("head.weight did not change in three steps.")
    for name in expected:
        if not np.allclose(actual[name], expected[name], rtol=1e-3, atol=1e-5):
            return say(
                "after three steps {name} is not as expected: each step should use the gradient "
                "of its own mini-batch only.",
                name=name,
            )
    return None


a_step = Exercise(
    _a_step,
    goal=2,
    asks=translatable(
        "Fix train_step(net, optimizer, gm, batch): each step uses the gradient of its own "
        "mini-batch only."
    ),
    hint=translatable("What is in grad when backward begins to add?"),
    solution=(
        "from fineopt.training import train_func\n\n"
        "def train_step(net, optimizer, gm, batch):\n"
        "    optimizer.clear_grad()\n"
        "    _, loss = train_func(*batch, net, gm)\n"
        "    optimizer.step()\n"
        "    return loss.item()"
    ),
    why=translatable(
        "backward adds to the existing gradients: without clear_grad() the network trained on the "
        "sum of all gradients since the start."
    ),
)


@function
def _no_stale_gradient(step: Step) -> str | None:
    net, optimizer, gm = _run()
    step(net, optimizer, gm, batch(0))
    gm.detach(net.front.parameters())
    before = net.state_dict()
    for i in (1, 2):
        step(net, optimizer, gm, batch(i))
    if name := changed(net, "front", before):
        return say("{name} still moves after it is detached.", name=name)
    if not changed(net, "head.weight", before):
        return say("front does not move, but neither does head.weight, which is attached.")
    return None


no_stale_gradient = Exercise(
    _no_stale_gradient,
    goal=2,
    asks=translatable(
        "Fix careful_step(net, optimizer, gm, batch): what is detached no longer moves."
    ),
    hint=translatable(
        "Which parameters does a step of the optimizer update, and which of them does the loop "
        "clear?"
    ),
    solution=(
        "from fineopt.training import train_func\n\n"
        "def careful_step(net, optimizer, gm, batch):\n"
        "    optimizer.clear_grad()\n"
        "    train_func(*batch, net, gm)\n"
        "    optimizer.step()"
    ),
    why=translatable(
        "Every step reused the last gradient that was computed for front. clear_grad() clears all "
        "parameters that step() updates, attached or not."
    ),
)
