"""Exercises of lesson 02: changing learning rates while training."""

from __future__ import annotations

from typing import Any

from ..core.parameter import Parameter
from ..optimizer import SGD, LRScheduler
from ..optimizer.groups import learning_rates
from .exercise import Exercise, number

__all__ = ["decayed_lr", "grown_momentum", "keeps_the_ratio", "one_group_falls"]

decayed_lr = Exercise(
    number(
        0.005,
        "the learning rate of the second group",
        slips={
            0.025: "That is the first group's; or the one number that the tutorial's loop writes "
            "into both.",
            0.01: "That is where it starts.",
            0.006: "That is epoch 4: the first one is epoch 0.",
            0.004: "That is epoch 6: the first one is epoch 0.",
        },
    ),
    hint="Its own learning rate, times 1 - epoch / total_epochs.",
    solution="0.01 * (1 - 5 / 10)",
    why="Half of its own 0.01, as the first group has half of its 0.05: still 5 to 1.",
)

grown_momentum = Exercise(
    number(
        2.71,
        "v after three steps",
        slips={
            0.0: "The learning rate is 0, but v is made of gradients, which go on.",
            1.0: "That is v after the first step.",
            1.9: "That is v after two steps.",
            3.0: "That would be without forgetting: v keeps only 0.9 of itself each step.",
            3.439: "That is v after four steps.",
        },
    ),
    hint="v = 0.9 v + g, three times, from v = 0. The learning rate is not in this line.",
    solution="0.9 * (0.9 * 1 + 1) + 1",
    why="1, then 1.9, then 2.71: at lr 0 nothing moves, and v grows all the same.",
)


def _three_groups() -> SGD:
    """Three groups at 0.08, 0.02 and 0."""
    rates = {"conv": 0.08, "fc": 0.02, "still": 0.0}
    groups = [{"params": [Parameter([0.0])], "name": name, "lr": lr} for name, lr in rates.items()]
    return SGD(groups, lr=1.0)


def _decay(decay: Any) -> Any:
    """Judge a function that sets the learning rates of an epoch."""
    if not callable(decay):
        return f"a function of four arguments, as in the lesson, is asked for, not {decay!r}."
    optimizer = _three_groups()
    base_lrs = [group["lr"] for group in optimizer.param_groups]
    for epoch in range(4):
        if decay(optimizer, list(base_lrs), epoch, 4) is ...:
            return ...  # not answered yet
        rates = learning_rates(optimizer.param_groups)
        wanted = [base_lr * (1 - epoch / 4) for base_lr in base_lrs]
        if all(abs(a - b) <= 1e-12 for a, b in zip(rates, wanted, strict=True)):
            continue
        said = f"in epoch {epoch} of 4, groups that start at {base_lrs} are at {_short(rates)}"
        if rates[0] == rates[1] == rates[2]:
            return f"{said}: one number for all, and the ratio is gone."
        if epoch > 1 and rates[0] < wanted[0]:
            return f"{said}. Multiply base_lrs: what a group has now has been multiplied already."
        return f"{said}, and should be at {_short(wanted)}."
    return None


def _short(rates: list[float]) -> list[float]:
    return [round(rate, 6) for rate in rates]


keeps_the_ratio = Exercise(
    _decay,
    hint="Go through the groups and base_lrs together, with zip, and write base_lr times "
    "(1 - epoch / total_epochs).",
    solution=(
        "def decay(optimizer, base_lrs, epoch, total_epochs):\n"
        "    for group, base_lr in zip(optimizer.param_groups, base_lrs, strict=True):\n"
        "        group['lr'] = base_lr * (1 - epoch / total_epochs)"
    ),
    why="Each group falls from its own learning rate, and a group at 0 stays at 0.",
)


def _one_group(build: Any) -> Any:
    """Judge a function from an optimizer to a schedule for one of its groups."""
    if not callable(build):
        return f"a function from an optimizer to a schedule is asked for, not {build!r}."
    groups = [
        {"params": [Parameter([0.0])], "name": "conv", "lr": 0.08},
        {"params": [Parameter([0.0])], "name": "fc", "lr": 0.01},
    ]
    optimizer = SGD(groups, lr=1.0)
    schedule = build(optimizer)
    if schedule is ...:
        return schedule  # not answered yet
    if not isinstance(schedule, LRScheduler):
        return f"the function returns {schedule!r}: let it return a schedule."
    for epoch in range(4):
        conv, fc = learning_rates(optimizer.param_groups)
        if abs(fc - 0.01) > 1e-12:
            return f"in epoch {epoch} fc is at {fc:.4g}, and should stay at 0.01."
        if abs(conv - 0.08 * 0.5**epoch) > 1e-12:
            return f"in epoch {epoch} conv is at {conv:.4g}, and should be at {0.08 * 0.5**epoch}."
        schedule.step()
    return None


one_group_falls = Exercise(
    _one_group,
    hint="optim.ExponentialLR multiplies by gamma each epoch; groups=[...] names whom it governs.",
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def halve_conv(optimizer):\n"
        "    return optim.ExponentialLR(optimizer, gamma=0.5, groups=['conv'])"
    ),
    why="A schedule leaves alone what it does not govern: give those groups to another, or none.",
)
