"""Exercises of lesson 04: freezing parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.autodiff import GradManager
from ..core.tensor import Tensor
from ..models import LeNet
from ..module import BatchNorm2d, Conv2d, Module, ReLU, Sequential
from ..optimizer import SGD
from .exercise import Exercise, number

__all__ = ["momentum_goes_on", "move_without_gradient", "norms_stand_still", "only_some"]

GOES_ON = {
    "lr 0": "At lr 0 the optimizer still steps: v = 0.9 v + g.",
    "not attached": "Without a gradient the optimizer passes it over, and v with it.",
    "not in the optimizer": "An optimizer knows nothing of a parameter that it does not hold.",
    "grad None": "Without a gradient the optimizer passes it over, and v with it.",
    "grad 0": "With a gradient of 0 the optimizer steps: v = 0.9 v + 0.",
}
RIGHT = {"lr 0", "grad 0"}


def _momentum(answer: Any) -> str | None:
    """Judge a set of ways to freeze."""
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        return f"a set of words is asked for, such as {{'grad None'}}, not {answer!r}."
    ways = set(answer)
    if unknown := sorted(str(way) for way in ways - GOES_ON.keys()):
        return f"{unknown[0]!r} is not in the table; there are {', '.join(GOES_ON)}."
    for way, why in GOES_ON.items():
        if (way in ways) != (way in RIGHT):
            return f"look at {way!r} again. {why}"
    return None


momentum_goes_on = Exercise(
    _momentum,
    hint="The last column of the table.",
    solution="{'lr 0', 'grad 0'}",
    why="v changes wherever the optimizer steps the parameter: whenever it holds it and the "
    "gradient is not None, be the lr or the gradient 0.",
)

move_without_gradient = Exercise(
    number(
        0.09,
        "how far it moves",
        slips={
            0.0: "That would be without momentum, or with None.",
            0.1: "That is the first step; v has since become 0.9 of what it was.",
            0.9: "That is v; the step is lr times v.",
            0.19: "That would be with a second gradient of 1.",
        },
    ),
    hint="v = 0.9 v + g, and the step is lr times v.",
    solution="0.1 * (0.9 * 1 + 0)",
    why="v is 1, then 0.9 * 1 + 0 = 0.9, and 0.1 of that is 0.09.",
)


def _only(build: Any) -> Any:
    """Judge a function that binds some parameters to an optimizer and a GradManager."""
    if not callable(build):
        return f"a function of a network and a word is asked for, not {build!r}."
    for word in ("fc", "conv1"):
        net = LeNet()
        made = build(net, word)
        if made is ...:
            return made  # not answered yet
        if not isinstance(made, tuple | list) or len(made) != 2:
            return f"two things are to be returned, optimizer and gm, not {made!r}."
        optimizer, gm = made
        if not isinstance(optimizer, SGD) or not isinstance(gm, GradManager):
            kinds = f"{type(optimizer).__name__} and {type(gm).__name__}"
            return f"SGD and GradManager are asked for, in this order, not {kinds}."
        held = {id(p) for p in optimizer.parameters()}
        attached = {id(x) for x in gm.attached_tensors()}
        for name, p in net.named_parameters():
            for where, ids in (("in the optimizer", held), ("attached", attached)):
                if (id(p) in ids) != (word in name):
                    known = "is" if id(p) in ids else "is not"
                    return f"for {word!r}: {name} {known} {where}."
        if optimizer.param_groups[0]["lr"] != 0.05:
            return f"the lr is {optimizer.param_groups[0]['lr']}, and should be 0.05."
    return None


only_some = Exercise(
    _only,
    hint="Make a list of the parameters whose name contains the word, and give the list to both. "
    "(A list: a generator can be gone through only once.)",
    solution=(
        "import fineopt.optimizer as optim\n"
        "from fineopt.autodiff import GradManager\n\n"
        "def train_only(net, word):\n"
        "    wanted = [param for name, param in net.named_parameters() if word in name]\n"
        "    return optim.SGD(wanted, lr=0.05), GradManager().attach(wanted)"
    ),
    why="No gradient is computed for the others, and no optimizer knows of them.",
)


def _norms(freeze: Any) -> Any:
    """Judge a function that keeps statistics from moving, on a network of its own."""
    if not callable(freeze):
        return f"a function of a network is asked for, not {freeze!r}."
    net = Sequential(Conv2d(1, 2, 3), BatchNorm2d(2), Sequential(ReLU(), BatchNorm2d(2)))
    if freeze(net) is ...:
        return ...  # not answered yet
    before = net.state_dict()
    images = np.random.RandomState(0).normal(size=(4, 1, 5, 5))
    net.train()  # as train_func does at each step
    _run(net, images)
    for name, now in net.state_dict().items():
        if not np.array_equal(now, before[name]):
            return (
                f"{name} has moved in training mode, {np.abs(now - before[name]).max():.2g} far. "
                "(net.train() at each step undoes eval(); and a norm may sit in a module within.)"
            )
    if any(not module.training for module in net.modules()):
        return "statistics stand still, but the network can't be put into training mode any more."
    return None


def _run(net: Module, images: Any) -> None:
    net(Tensor(images))


norms_stand_still = Exercise(
    _norms,
    hint="for module in net.modules(): if it is a BatchNorm2d (isinstance), set its freeze.",
    solution=(
        "from fineopt.module import BatchNorm2d\n\n"
        "def freeze_norms(net):\n"
        "    for module in net.modules():\n"
        "        if isinstance(module, BatchNorm2d):\n"
        "            module.freeze = True"
    ),
    why="freeze is kept when train() is called; eval() is not.",
)
