"""Exercises of lesson 04: freezing parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.autodiff import GradManager
from ..core.tensor import Tensor
from ..models import LeNet
from ..module import BatchNorm2d, Conv2d, ReLU, Sequential
from ..optimizer import SGD
from .exercise import Exercise
from .judges import function, number

__all__ = ["momentum_goes_on", "move_without_gradient", "norms_stand_still", "only_some"]

WAYS_TO_FREEZE = {
    "lr 0": "At lr 0 the optimizer still updates v = 0.9 v + g.",
    "not attached": "The optimizer skips a parameter without a gradient, so v does not change.",
    "not in the optimizer": "An optimizer keeps no state of parameters that it does not hold.",
    "grad None": "The optimizer skips a parameter without a gradient, so v does not change.",
    "grad 0": "If the gradient is 0, the optimizer still updates v = 0.9 v + 0.",
}
CHANGES_MOMENTUM = {"lr 0", "grad 0"}


def _momentum(answer: Any) -> str | None:
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        return f"expected a set of strings such as {{'grad None'}}, got {answer!r}."
    ways = set(answer)
    if unknown := sorted(str(way) for way in ways - WAYS_TO_FREEZE.keys()):
        return f"{unknown[0]!r} is not in the table; choose from {', '.join(WAYS_TO_FREEZE)}."
    for way, why in WAYS_TO_FREEZE.items():
        if (way in ways) != (way in CHANGES_MOMENTUM):
            return f"look at {way!r} again. {why}"
    return None


momentum_goes_on = Exercise(
    _momentum,
    hint="See the last column of the table.",
    solution="{'lr 0', 'grad 0'}",
    why="v changes whenever the optimizer holds the parameter and its gradient is not None, even "
    "if the lr or the gradient is 0.",
)

move_without_gradient = Exercise(
    number(
        0.09,
        "the length of the second step",
        slips={
            0.0: "That would be right without momentum, or for a gradient of None.",
            0.1: "That is the first step; v has since decayed to 0.9 of its value.",
            0.9: "That is v; the step is lr times v.",
            0.19: "That would be right for a second gradient of 1.",
        },
    ),
    hint="v = 0.9 v + g, and the step is lr times v.",
    solution="0.1 * (0.9 * 1 + 0)",
    why="v is 1, then 0.9 * 1 + 0 = 0.9, and 0.1 times 0.9 is 0.09.",
)


@function
def _only(build: Any) -> str | None:
    for word in ("fc", "conv1"):
        net = LeNet()
        made = build(net, word)
        if not isinstance(made, tuple | list) or len(made) != 2:
            return f"the function should return (optimizer, gm), but returned {made!r}."
        optimizer, gm = made
        if not isinstance(optimizer, SGD) or not isinstance(gm, GradManager):
            kinds = f"{type(optimizer).__name__} and {type(gm).__name__}"
            return f"the function should return SGD and GradManager, but returned {kinds}."
        held = {id(p) for p in optimizer.parameters()}
        attached = {id(x) for x in gm.attached_tensors()}
        for name, p in net.named_parameters():
            for where, ids in (("in the optimizer", held), ("attached", attached)):
                if (id(p) in ids) != (word in name):
                    state = "is" if id(p) in ids else "is not"
                    return f"for {word!r}, {name} {state} {where}."
        if optimizer.param_groups[0]["lr"] != 0.05:
            return f"the lr is {optimizer.param_groups[0]['lr']}, expected 0.05."
    return None


only_some = Exercise(
    _only,
    hint="Make a list of the parameters whose name contains the word, and pass it to both. (Use a "
    "list: a generator can be iterated over only once.)",
    solution=(
        "import fineopt.optimizer as optim\n"
        "from fineopt.autodiff import GradManager\n\n"
        "def train_only(net, word):\n"
        "    trained = [param for name, param in net.named_parameters() if word in name]\n"
        "    return optim.SGD(trained, lr=0.05), GradManager().attach(trained)"
    ),
    why="No gradients are computed for the other parameters, and no optimizer holds them.",
)


@function
def _norms(freeze: Any) -> str | None:
    net = Sequential(Conv2d(1, 2, 3), BatchNorm2d(2), Sequential(ReLU(), BatchNorm2d(2)))
    freeze(net)
    before = net.state_dict()
    net.train()  # as train_func does in each step
    net(Tensor(np.random.RandomState(0).normal(size=(4, 1, 5, 5))))
    for name, now in net.state_dict().items():
        if not np.array_equal(now, before[name]):
            return (
                f"{name} changed by {np.abs(now - before[name]).max():.2g} in training mode. "
                "(net.train() in each step undoes eval(), and a BatchNorm2d may be in a nested "
                "module.)"
            )
    if any(not module.training for module in net.modules()):
        return "the statistics do not change, but net.train() no longer sets training mode."
    return None


norms_stand_still = Exercise(
    _norms,
    hint="Loop over net.modules(), and set freeze on each instance of BatchNorm2d.",
    solution=(
        "from fineopt.module import BatchNorm2d\n\n"
        "def freeze_norms(net):\n"
        "    for module in net.modules():\n"
        "        if isinstance(module, BatchNorm2d):\n"
        "            module.freeze = True"
    ),
    why="train() does not change freeze, but it undoes eval().",
)
