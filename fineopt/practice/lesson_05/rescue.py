"""The open task: a run with faults of every kind, and the best accuracy it can reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...language import say, translatable
from ..judging.judges import function
from ..open_task import OpenTask
from ..small import Small, batch, fresh

__all__ = ["accuracy", "rescue"]

STEPS = 60


def accuracy(net: Small) -> float:
    """Return the accuracy of a small network on ten mini-batches that are not trained on.

    >>> 0 <= accuracy(fresh()) <= 1
    True
    """
    net.eval()
    tested = [batch(10_000 + i) for i in range(10)]
    return float(np.mean([(net(data).argmax(1).numpy() == label).mean() for data, label in tested]))


@function
def _rescued(train: Callable[..., Any]) -> float | str:
    net = fresh()
    before = net.state_dict()
    train(net, [batch(i) for i in range(STEPS)])
    if all(np.array_equal(now, before[name]) for name, now in net.state_dict().items()):
        return say("the network did not change.")
    return accuracy(net)


rescue = OpenTask(
    _rescued,
    beat=0.85,
    asks=translatable(
        "Open task: train(net, batches) takes one step for each of 60 mini-batches, and has more "
        "than one fault. Fix them, and choose groups and rates. The score is the accuracy on other "
        "mini-batches."
    ),
    hint=translatable(
        "Print the table of the first lines for one step. What is missing in each row?"
    ),
    solution=(
        "import fineopt.optimizer as optim\n"
        "from fineopt.autodiff import GradManager\n"
        "from fineopt.training import train_func\n\n"
        "def train(net, batches):\n"
        "    optimizer = optim.SGD(net.parameters(), lr=0.5)\n"
        "    gm = GradManager().attach(net.parameters())\n"
        "    for batch in batches:\n"
        "        optimizer.clear_grad()\n"
        "        train_func(*batch, net, gm)\n"
        "        optimizer.step()"
    ),
    why=translatable("Every layer is attached and in a group, and each step has its own gradient."),
)
