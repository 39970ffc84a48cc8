"""Exercises of lesson 02: changing learning rates while training."""

from __future__ import annotations

from typing import Any

from ..core.parameter import Parameter
from ..optimizer import SGD, LRScheduler
from .exercise import Exercise
from .judges import first_difference, function, lrs_by_name, number

__all__ = ["decayed_lr", "grown_momentum", "keeps_the_ratio", "one_group_falls"]

decayed_lr = Exercise(
    number(
        0.005,
        "the learning rate of the second group",
        slips={
            0.025: "That is the first group's learning rate, or what the tutorial's loop writes "
            "into both groups.",
            0.01: "That is its initial learning rate.",
            0.006: "That is epoch 4: the first epoch is epoch 0.",
            0.004: "That is epoch 6: the first epoch is epoch 0.",
        },
    ),
    hint="Multiply the group's own learning rate by 1 - epoch / total_epochs.",
    solution="0.01 * (1 - 5 / 10)",
    why="It is half of the group's own 0.01, and the first group is at half of its 0.05: the ratio "
    "is still 5 to 1.",
)

grown_momentum = Exercise(
    number(
        2.71,
        "v after three steps",
        slips={
            0.0: "The learning rate is 0, but v accumulates gradients, which are not.",
            1.0: "That is v after the first step.",
            1.9: "That is v after two steps.",
            3.0: "That would be v without decay: each step keeps only 0.9 of it.",
            3.439: "That is v after four steps.",
        },
    ),
    hint="Apply v = 0.9 v + g three times, starting from v = 0. The formula does not contain the "
    "learning rate.",
    solution="0.9 * (0.9 * 1 + 1) + 1",
    why="v is 1, then 1.9, then 2.71: at lr 0 the parameter does not move, but v still grows.",
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
        found = f"in epoch {epoch} of 4, groups that start at {_rounded(base_lrs)} have learning "
        found += f"rates {_rounded(lrs)}"
        if len(set(lrs.values())) == 1:
            return f"{found}: the ratio between the groups is lost."
        if epoch > 1 and lrs["conv"] < expected["conv"]:
            return f"{found}. Multiply base_lrs: the current learning rates have already decayed."
        return f"{found}, expected {_rounded(expected)}."
    return None


def _rounded(lrs: dict[str, float]) -> list[float]:
    return [round(lr, 6) for lr in lrs.values()]


keeps_the_ratio = Exercise(
    _decay,
    hint="Iterate over the groups and base_lrs together, with zip, and set each group's lr to "
    "base_lr * (1 - epoch / total_epochs).",
    solution=(
        "def decay(optimizer, base_lrs, epoch, total_epochs):\n"
        "    for group, base_lr in zip(optimizer.param_groups, base_lrs, strict=True):\n"
        "        group['lr'] = base_lr * (1 - epoch / total_epochs)"
    ),
    why="Each group decays from its own learning rate, and a group at 0 stays at 0.",
)


@function
def _one_group(build: Any) -> str | None:
    optimizer = _sgd(conv=0.08, fc=0.01)
    schedule = build(optimizer)
    if not isinstance(schedule, LRScheduler):
        return f"the function should return a schedule, but returned {schedule!r}."
    for epoch in range(4):
        lrs, expected = lrs_by_name(optimizer), {"fc": 0.01, "conv": 0.08 * 0.5**epoch}
        if name := first_difference(lrs, expected):
            return f"in epoch {epoch}, {name} has lr {lrs[name]:.4g}, expected {expected[name]:g}."
        schedule.step()
    return None


one_group_falls = Exercise(
    _one_group,
    hint="optim.ExponentialLR multiplies the learning rate by gamma each epoch; groups=[...] "
    "selects the groups it controls.",
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def halve_conv(optimizer):\n"
        "    return optim.ExponentialLR(optimizer, gamma=0.5, groups=['conv'])"
    ),
    why="A schedule does not touch the other groups: they can have another schedule, or none.",
)
