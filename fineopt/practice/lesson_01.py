"""Exercises of lesson 01: a learning rate for each group."""

from __future__ import annotations

from typing import Any

from ..models import LeNet
from ..optimizer import SGD
from .exercise import Exercise
from .judges import function, number, wrong_lr

__all__ = ["classifier_apart", "default_lr", "step_ratio"]

default_lr = Exercise(
    number(
        0.2,
        "the learning rate of the conv group",
        slips={
            0.05: "0.05 was the optimizer's lr in the lesson; it is different here.",
            0.01: "0.01 is the fc group's own lr.",
        },
    ),
    hint="A group without 'lr' uses the optimizer's lr, the argument after the list.",
    solution="0.2",
    why="The conv group sets no lr of its own, so it uses the optimizer's: 0.2.",
)

step_ratio = Exercise(
    number(
        5.0,
        "the ratio of the two steps",
        slips={
            0.2: "That is the ratio of fc's step to conv's: invert it.",
            1.0: "The gradients are equal, but a step is lr times the gradient.",
        },
    ),
    hint="A step of SGD is lr times the gradient. Divide conv's step by fc's, with equal "
    "gradients.",
    solution="0.05 / 0.01",
    why="A parameter moves by lr times its gradient, and 0.05 / 0.01 = 5.",
)


def _expected_lr(name: str) -> float:
    if "conv" in name:
        return 0.05
    return 0.001 if "classifer" in name else 0.01


@function
def _three_groups(build: Any) -> str | None:
    net = LeNet()
    groups = build(net)
    if groups is None:
        return "the function returned None: return the list of param groups."
    optimizer = SGD(groups, lr=0.05)  # raises an error that names the invalid group
    if wrong := wrong_lr(net, optimizer, _expected_lr):
        return wrong
    if len(optimizer.param_groups) != 3:
        return f"the lrs are right, but there are {len(optimizer.param_groups)} groups, not 3."
    return None


classifier_apart = Exercise(
    _three_groups,
    hint="Sort the parameters into three lists: those with 'conv' in their name, those with "
    "'classifer', and the rest. The conv group can use the optimizer's lr.",
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
    why="Every parameter is in exactly one group, and each group has its own learning rate.",
)
