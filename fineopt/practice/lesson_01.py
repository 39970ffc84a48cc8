"""Exercises of lesson 01: a learning rate for each group."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..language import say, translatable
from ..models import LeNet
from ..optimizer import SGD
from .exercise import Exercise
from .judging.judges import function, number, shown, value_of, wrong_lr
from .judging.two_epochs import score
from .open_task import OpenTask
from .progress import progress_of

__all__ = [  # in the order of the lesson  # noqa: RUF022
    "classifier_apart",
    "default_lr",
    "lr_of",
    "after_a_step",
    "freeze_by_name",
    "best_groups",
    "progress",
]


def _expected_lr(name: str) -> float:
    if "conv" in name:
        return 0.05
    return 0.001 if "classifer" in name else 0.01


@function
def _three_groups(build: Any) -> str | None:
    net = LeNet()
    groups = build(net)
    if groups is None:
        return say("the function returned None: return the list of param groups.")
    optimizer = SGD(groups, lr=0.05)  # raises an error that names the invalid group
    if wrong := wrong_lr(net, optimizer, _expected_lr):
        return wrong
    if len(optimizer.param_groups) != 3:
        return say(
            "the lrs are right, but there are {count} groups, not 3.",
            count=len(optimizer.param_groups),
        )
    return None


classifier_apart = Exercise(
    _three_groups,
    goal=1,
    asks=translatable(
        "Return three param groups of a network: convolutions at 0.05, classifer at 0.001, and the "
        "other fully connected layers at 0.01. The check passes them to SGD with lr=0.05."
    ),
    hint=translatable(
        "Three lists instead of the lesson's two. Which word is in the name of each parameter?"
    ),
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
    why=translatable("Every parameter is in exactly one group, and each group has its own lr."),
)

default_lr = Exercise(
    number(
        0.15,
        translatable("the first group's learning rate"),
        slips={
            0.3: translatable("That is the rate before the last line."),
            0.05: translatable("0.05 was the optimizer's lr in the lesson; it is different here."),
            0.005: translatable("That is half of the second group's rate."),
            0.01: translatable("That is the second group's own rate."),
        },
    ),
    goal=2,
    asks=translatable(
        "An optimizer is made by optim.SGD([{{'params': conv}}, {{'params': fc, 'lr': 0.01}}], "
        "lr=0.3). Then optimizer.param_groups[0]['lr'] is halved. What is it?"
    ),
    hint=translatable("Which lr does a group without 'lr' use? And which group has the index 0?"),
    solution="0.3 / 2",
    why=translatable("The first group sets no lr of its own, so it used the optimizer's: 0.3."),
)


@function
def _lr_of(read: Any) -> str | None:
    params = [Parameter([float(i)]) for i in range(4)]
    lrs = (0.4, 0.04, 0.004)
    groups = [{"params": [p], "lr": lr} for p, lr in zip(params, lrs, strict=False)]
    groups[1]["params"] = [params[3], params[1]]  # type: ignore[assignment]
    optimizer = SGD(groups, lr=1.0)
    for changed in (False, True):
        if changed:
            optimizer.param_groups[2]["lr"] = 0.2
        expected = [0.4, 0.04, 0.2 if changed else 0.004, 0.04]
        for number_, (p, lr) in enumerate(zip(params, expected, strict=True)):
            answer = read(optimizer, p)
            value = value_of(answer)
            if value is None:
                return say("expected a learning rate, got {answer}.", answer=shown(answer))
            if not np.isclose(value, lr):
                return say(
                    "of three groups, a parameter with lr {expected} is said to have {found:g}.",
                    expected=lr,
                    found=value,
                )
            del number_
    return None


lr_of = Exercise(
    _lr_of,
    goal=2,
    asks=translatable("Return the learning rate with which an optimizer moves a given parameter."),
    hint=translatable(
        "Look for the group that holds the parameter. Compare with `is`: `==` compares numbers."
    ),
    solution=(
        "def lr_of(optimizer, param):\n"
        "    for group in optimizer.param_groups:\n"
        "        if any(p is param for p in group['params']):\n"
        "            return group['lr']"
    ),
    why=translatable("param_groups is live: what you read is what the next step uses."),
)

after_a_step = Exercise(
    number(
        1.58,
        translatable("the value after the step"),
        slips={
            1.42: translatable("Check the sign: a step goes against the gradient."),
            5.5: translatable("Multiply the gradient by the learning rate."),
            0.08: translatable("That is how far it moves; where does it end?"),
            1.7: translatable("That is with the optimizer's lr; the group has its own."),
        },
    ),
    goal=3,
    asks=translatable(
        "A parameter is 1.5 and its gradient is −4. Its group has lr 0.02, the optimizer 0.05. "
        "What is it after one step of SGD?"
    ),
    hint=translatable("How far does SGD move a parameter, and in which direction?"),
    solution="1.5 - 0.02 * -4",
    why=translatable("It moves by −0.02 × −4 = 0.08; the group's own learning rate counts."),
)


@function
def _freeze(freeze: Any) -> str | None:
    params = {name: Parameter([1.0]) for name in ("conv", "fc", "head")}
    groups = [{"params": [p], "name": name} for name, p in params.items()]
    optimizer = SGD(groups, lr=0.1, momentum=0.9, weight_decay=0.1)

    def step() -> dict[str, bool]:
        before = {name: p.item() for name, p in params.items()}
        for p in params.values():
            p.grad = Tensor([1.0])
        optimizer.step()
        return {name: p.item() != before[name] for name, p in params.items()}

    step()
    freeze(optimizer, "fc")
    for moved in (step(), step()):
        if moved["fc"]:
            return say("fc still moves after freeze(optimizer, 'fc').")
        if not (moved["conv"] and moved["head"]):
            return say("fc stands still, but so does another group.")
    return None


freeze_by_name = Exercise(
    _freeze,
    goal=4,
    asks=translatable("Freeze the group of an optimizer that has a given name, in mid-training."),
    hint=translatable("At which learning rate does nothing move? Which group has the name?"),
    solution=(
        "def freeze(optimizer, name):\n"
        "    for group in optimizer.param_groups:\n"
        "        if group['name'] == name:\n"
        "            group['lr'] = 0.0"
    ),
    why=translatable("At lr 0 even momentum and weight decay move nothing."),
)

best_groups = OpenTask(
    function(score),
    beat=0.937,
    asks=translatable(
        "Open task: choose param groups, their learning rates and SGD's other settings. The score "
        "is the share of the test digits that are right after two epochs."
    ),
    hint=translatable(
        "The best single rate of plain SGD, 0.1, gets just this score. SGD also takes a momentum; "
        "with it, rates have to be smaller."
    ),
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def my_groups(net):\n"
        "    conv = [p for name, p in net.named_parameters() if 'conv' in name]\n"
        "    rest = [p for name, p in net.named_parameters() if 'conv' not in name]\n"
        "    groups = [{'params': conv, 'lr': 0.02}, {'params': rest, 'lr': 0.03}]\n"
        "    return optim.SGD(groups, lr=0.02, momentum=0.9)"
    ),
    why=translatable(
        "Here the momentum does it: from scratch, on all digits, one rate with momentum is as "
        "good. Groups win where parts of a network differ, as in fine-tuning."
    ),
)

progress = progress_of(__name__)
