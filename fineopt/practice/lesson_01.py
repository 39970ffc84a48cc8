"""Exercises of lesson 01: a learning rate for each group."""

from __future__ import annotations

from typing import Any

from ..models import LeNet
from ..optimizer import SGD
from .exercise import Exercise, number

__all__ = ["classifier_apart", "default_lr", "step_ratio"]

WANTED = {"conv": 0.05, "fc": 0.01, "classifer": 0.001}

default_lr = Exercise(
    number(
        0.2,
        "the learning rate of the conv group",
        slips={
            0.05: "0.05 was the optimizer's lr in the lesson; here it is another.",
            0.01: "0.01 is what the fc group sets for itself.",
        },
    ),
    hint="A group without 'lr' takes the optimizer's, which is given after the list.",
    solution="0.2",
    why="The conv group sets no lr of its own, so it takes the optimizer's: 0.2.",
)

step_ratio = Exercise(
    number(
        5.0,
        "the ratio of the two steps",
        slips={
            0.2: "That is fc's step to conv's: turn it round.",
            1.0: "The gradients are equal, but a step is lr times gradient.",
        },
    ),
    hint="A step of SGD is lr times gradient. Divide conv's by fc's for the same gradient.",
    solution="0.05 / 0.01",
    why="w moves by lr times gradient: 0.05 to 0.01 is 5 to 1.",
)


def _three_groups(build: Any) -> Any:
    """Judge a function from a network to param groups, on a network of its own."""
    if not callable(build):
        return f"a function from a network to param groups is asked for, not {build!r}."
    net = LeNet()
    groups = build(net)
    if groups is ...:
        return groups  # not answered yet
    if groups is None:
        return "the function returns nothing: let it return the list of groups."
    optimizer = SGD(groups, lr=0.05)  # says itself what is wrong with a group that can't be
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, p in net.named_parameters():
        kind = next((k for k in ("conv", "classifer") if k in name), "fc")
        if id(p) not in rates:
            return f"{name} is in no group: it would never move."
        if rates[id(p)] != WANTED[kind]:
            return f"{name} has lr {rates[id(p)]}, and should have {WANTED[kind]}."
    if len(optimizer.param_groups) != 3:
        return f"the learning rates are right, in {len(optimizer.param_groups)} groups, not 3."
    return None


classifier_apart = Exercise(
    _three_groups,
    hint="Sort the parameters by name into three lists: 'conv' in name, 'classifer' in name, "
    "the others. conv may leave its lr to the optimizer.",
    solution=(
        "def three_groups(net):\n"
        "    lists = {'conv': [], 'classifer': [], 'fc': []}\n"
        "    for name, param in net.named_parameters():\n"
        "        kind = next((k for k in ('conv', 'classifer') if k in name), 'fc')\n"
        "        lists[kind].append(param)\n"
        "    return [\n"
        "        {'params': lists['conv']},\n"
        "        {'params': lists['fc'], 'lr': 0.01},\n"
        "        {'params': lists['classifer'], 'lr': 0.001},\n"
        "    ]"
    ),
    why="Every parameter is in one group, and each group has its own learning rate.",
)
