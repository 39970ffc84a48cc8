"""Exercises of lesson 02: changing learning rates while training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..core.parameter import Parameter
from ..language import say, translatable
from ..optimizer import SGD, LRScheduler
from .exercise import Exercise
from .judging.judges import (
    choice,
    first_difference,
    function,
    lrs_by_name,
    number,
    shown,
    two_functions,
)
from .judging.two_epochs import score
from .open_task import OpenTask
from .progress import progress_of
from .small import fresh

__all__ = [  # in the order of the lesson  # noqa: RUF022
    "what_moved",
    "decayed_lr",
    "keeps_the_ratio",
    "one_group_falls",
    "hand_or_schedule",
    "grown_momentum",
    "no_leap_after",
    "best_schedule",
    "progress",
]


@function
def _what_moved(moved: Any) -> str | None:
    net = fresh()
    before = {name: p.numpy() for name, p in net.named_parameters()}
    none = _taken(moved(before, net))
    changed = {"back.weight", "head.bias"}
    params = dict(net.named_parameters())
    params["back.weight"][...] = before["back.weight"] + 1e-3
    bias = before["head.bias"].copy()
    bias[1] = np.nextafter(bias[1], bias.dtype.type(1))  # the last bit of one number
    params["head.bias"][...] = bias
    for answer, right in ((none, set()), (_taken(moved(before, net)), changed)):
        if isinstance(answer, str) or not isinstance(answer, Iterable):
            return say(
                "the function should return the names, but returned {answer}.", answer=shown(answer)
            )
        names = set(answer)
        if missed := sorted(right - names):
            return say(
                "{name} moved, if only by its last bit, and is not reported.", name=missed[0]
            )
        if extra := sorted(map(str, names - right)):
            return say("{name} did not move, but is reported.", name=extra[0])
    return None


def _taken(answer: Any) -> Any:
    """Return the items of a generator, which would otherwise look when they are asked for."""
    return list(answer) if isinstance(answer, Iterator) else answer


what_moved = Exercise(
    _what_moved,
    goal=1,
    asks=translatable(
        "Return the names of all parameters that have moved, even by one bit, since `before`, a "
        "dict from names to arrays, was taken."
    ),
    hint=translatable("Which function of NumPy compares two arrays, without any tolerance?"),
    solution=(
        "import numpy as np\n\n"
        "def what_moved(before, net):\n"
        "    pairs = net.named_parameters()\n"
        "    return {n for n, p in pairs if not np.array_equal(p.numpy(), before[n])}"
    ),
    why=translatable("Printed digits hide small changes; comparing every number does not."),
)

decayed_lr = Exercise(
    number(
        0.012,
        translatable("the second group's learning rate"),
        slips={
            0.06: translatable(
                "That is the first group's learning rate, or what the tutorial's loop writes into "
                "both groups."
            ),
            0.04: translatable("That is its initial learning rate."),
            0.016: translatable("That is epoch 6: the first epoch is epoch 0."),
            0.008: translatable("That is epoch 8: the first epoch is epoch 0."),
        },
    ),
    goal=2,
    asks=translatable(
        "Two groups start at 0.2 and 0.04 and decay linearly over ten epochs, keeping their ratio. "
        "What is the second group's learning rate in epoch 7? (The first epoch is epoch 0.)"
    ),
    hint=translatable("Which share of its own learning rate is left in that epoch?"),
    solution="0.04 * (1 - 7 / 10)",
    why=translatable(
        "It is 3/10 of the group's own 0.04; the first group is at 3/10 of its 0.2: still 5 to 1."
    ),
)


def _sgd(**lrs: float) -> SGD:
    """Return an optimizer with a named group of one parameter for each lr."""
    groups = [{"params": [Parameter([0.0])], "name": name, "lr": lr} for name, lr in lrs.items()]
    return SGD(groups, lr=1.0)


@function
def _decay(decay: Any) -> str | None:
    optimizer = _sgd(conv=0.08, fc=0.02, still=0.0)
    base_lrs = lrs_by_name(optimizer)
    for epoch in range(4):
        decay(optimizer, list(base_lrs.values()), epoch, 4)
        lrs = lrs_by_name(optimizer)
        expected = {name: lr * (1 - epoch / 4) for name, lr in base_lrs.items()}
        if first_difference(lrs, expected) is None:
            continue
        found = say(
            "in epoch {epoch} of 4, groups that start at {start} have learning rates {lrs}",
            epoch=epoch,
            start=_rounded(base_lrs),
            lrs=_rounded(lrs),
        )
        if len(set(lrs.values())) == 1:
            return say("{found}: the ratio between the groups is lost.", found=found)
        if epoch > 1 and lrs["conv"] < expected["conv"]:
            return say(
                "{found}. Multiply base_lrs: the current learning rates have already decayed.",
                found=found,
            )
        return say("{found}, expected {expected}.", found=found, expected=_rounded(expected))
    return None


def _rounded(lrs: dict[str, float]) -> list[float]:
    return [round(lr, 6) for lr in lrs.values()]


keeps_the_ratio = Exercise(
    _decay,
    goal=2,
    asks=translatable(
        "Write the body of the decay loop: set each group's learning rate for one epoch. The "
        "function is called once per epoch with the groups' initial learning rates."
    ),
    hint=translatable(
        "Go through the groups and base_lrs together. Which of the two must never be overwritten?"
    ),
    solution=(
        "def decay(optimizer, base_lrs, epoch, total_epochs):\n"
        "    for group, base_lr in zip(optimizer.param_groups, base_lrs, strict=True):\n"
        "        group['lr'] = base_lr * (1 - epoch / total_epochs)"
    ),
    why=translatable("Each group decays from its own learning rate, and a group at 0 stays at 0."),
)


@function
def _one_group(build: Any) -> str | None:
    optimizer = _sgd(conv=0.08, fc=0.01)
    schedule = build(optimizer)
    if not isinstance(schedule, LRScheduler):
        return say(
            "the function should return a schedule, but returned {answer}.", answer=shown(schedule)
        )
    for epoch in range(4):
        lrs, expected = lrs_by_name(optimizer), {"fc": 0.01, "conv": 0.08 * 0.5**epoch}
        if name := first_difference(lrs, expected):
            return say(
                "in epoch {epoch}, {name} has lr {lr:.4g}, expected {expected:.4g}.",
                epoch=epoch,
                name=name,
                lr=lrs[name],
                expected=expected[name],
            )
        schedule.step()
    return None


one_group_falls = Exercise(
    _one_group,
    goal=2,
    asks=translatable(
        "Return a schedule that halves conv's learning rate each epoch and leaves fc's unchanged."
    ),
    hint=translatable(
        "Which schedule multiplies by a constant each epoch? Every schedule can be limited to some "
        "groups: help(optim.StepLR) says how."
    ),
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def halve_conv(optimizer):\n"
        "    return optim.ExponentialLR(optimizer, gamma=0.5, groups=['conv'])"
    ),
    why=translatable(
        "A schedule does not touch the other groups: they can have another schedule, or none."
    ),
)

hand_or_schedule = Exercise(
    number(
        0.012,
        translatable("fc's learning rate after the release"),
        slips={
            0.001: translatable(
                "That is until the release: a value set by hand wins only so long."
            ),
            0.018: translatable("That is after two of the five epochs; the schedule has gone on."),
            0.03: translatable("That is its initial rate; the schedule has stepped three times."),
            0.0004: translatable("The schedule multiplies the group's own rate, not yours."),
        },
    ),
    goal=3,
    asks=translatable(
        "fc starts at 0.03 under LinearLR(optimizer, total_epochs=5). After two calls of "
        "schedule.step() you set fc's lr to 0.001 by hand; then come a third step() and "
        "schedule.release('fc'). What is fc's learning rate now?"
    ),
    hint=translatable("Where would the schedule be after three epochs if nobody had interfered?"),
    solution="0.03 * (1 - 3 / 5)",
    why=translatable(
        "Your 0.001 wins until the release; then the group is where the schedule is: 2/5 of 0.03."
    ),
)

grown_momentum = Exercise(
    number(
        5.42,
        translatable("v after three steps"),
        slips={
            0.0: translatable(
                "The learning rate is 0, but v accumulates gradients, which are not."
            ),
            2.0: translatable("That is v after the first step."),
            3.8: translatable("That is v after two steps."),
            6.0: translatable("That would be v without decay: each step keeps only 0.9 of it."),
            6.878: translatable("That is v after four steps."),
        },
    ),
    goal=4,
    asks=translatable(
        "A parameter is trained with momentum 0.9. Its first three gradients are all 2, and its "
        "learning rate is 0 during these steps. What is v afterwards?"
    ),
    hint=translatable("Go through the formula for v three times. Is the learning rate in it?"),
    solution="0.9 * (0.9 * 2 + 2) + 2",
    why=translatable(
        "v is 2, then 3.8, then 5.42: at lr 0 the parameter does not move, but v still grows."
    ),
)

no_leap_after = Exercise(
    choice(
        {"gm.detach(fc)", "clear fc's grads before step()"},
        {
            "lr = 0": translatable("v goes on accumulating gradients that have no effect yet."),
            "gm.detach(fc)": translatable(
                "Without a gradient the optimizer changes neither w nor v."
            ),
            "clear fc's grads before step()": translatable(
                "A gradient of None is skipped, whoever set it: v stays as it is."
            ),
            "a schedule that holds lr at 0": translatable(
                "Whoever sets the lr to 0, v goes on accumulating."
            ),
        },
    ),
    goal=4,
    asks=translatable(
        "fc has momentum. Which ways to freeze it for an epoch do not let it leap at the thaw? "
        "Give a set of 'lr = 0', 'gm.detach(fc)', 'clear fc's grads before step()', "
        "'a schedule that holds lr at 0'."
    ),
    hint=translatable("What does step() read of a parameter, before it changes v?"),
    solution='{"gm.detach(fc)", "clear fc\'s grads before step()"}',
    why=translatable(
        "Only a missing gradient keeps v from growing; a learning rate of 0 does not."
    ),
)


@two_functions
def _best_schedule(build: Any, plan: Any) -> Any:
    return score(build, plan)


best_schedule = OpenTask(
    _best_schedule,
    beat=0.937,
    asks=translatable(
        "Open task: pass my_optimizer(net) and my_rates(optimizer, step), which is called before "
        "each of the 124 steps of two epochs and sets learning rates. The score is the share of "
        "the test digits that are right."
    ),
    hint=translatable("Large steps first, small ones at the end; and SGD also takes a momentum."),
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def my_optimizer(net):\n"
        "    return optim.SGD(net.parameters(), lr=0.03, momentum=0.9)\n\n"
        "def my_rates(optimizer, step):\n"
        "    for group in optimizer.param_groups:\n"
        "        group['lr'] = 0.03 * (1 - step / 124)"
    ),
    why=translatable("A rate that would be too large to stay at is good to begin with."),
)

progress = progress_of(__name__)
