"""Broken groups and schedules of lesson 05."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..optimizer import SGD, Adam, LRScheduler, MultipleOptimizer
from ..optimizer.groups import learning_rates
from .exercise import Exercise
from .small import fresh

__all__ = ["all_in_groups", "both_optimizers", "every_group", "later_groups", "of_function"]

Judge = Callable[[Any], Any]


def of_function(judge: Judge) -> Judge:
    """Refuse what is no function before it is called."""

    def judged(answer: Any) -> Any:
        return judge(answer) if callable(answer) else f"a function is asked for, not {answer!r}."

    return judged


def _groups(**lrs: float) -> list[dict[str, Any]]:
    layers = dict(fresh().named_children())
    return [{"params": layers[k].parameters(), "name": k, "lr": lr} for k, lr in lrs.items()]


def _rates(optimizer: Any) -> dict[str, float]:
    groups = optimizer.param_groups
    return dict(zip((g["name"] for g in groups), learning_rates(groups), strict=True))


@of_function
def _all_in_groups(groups: Any) -> Any:
    net = fresh()
    optimizer = SGD(groups(net), lr=0.1)  # says itself what is wrong with a group that can't be
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, p in net.named_parameters():
        if id(p) not in rates:
            return f"{name} is in no group: it would never move."
        if "back" in name and rates[id(p)] != 0.01:
            return f"{name} should still have its lr of 0.01, and has {rates[id(p)]}."
        if "back" not in name and rates[id(p)] != 0.1:
            return f"{name} should have the optimizer's lr, 0.1, and has {rates[id(p)]}."
    return None


all_in_groups = Exercise(
    _all_in_groups,
    hint="Which layers have neither 'front' nor 'back' in their names? Let the first group take "
    "all that is not 'back'.",
    solution=(
        "def groups(net):\n"
        "    back = [p for name, p in net.named_parameters() if 'back' in name]\n"
        "    rest = [p for name, p in net.named_parameters() if 'back' not in name]\n"
        "    return [{'params': rest}, {'params': back, 'lr': 0.01}]"
    ),
    why="'not in' catches what nobody thought of, norm and head here.",
)


@of_function
def _every_group(decay: Any) -> Any:
    for lrs in ({"front": 0.4, "back": 0.2, "head": 0.1}, {"head": 0.8}):
        optimizer = SGD(_groups(**lrs), lr=1.0)
        decay(optimizer)
        rates = _rates(optimizer)
        for key, lr in lrs.items():
            if abs(rates[key] - lr / 2) > 1e-12:
                return f"{key} was at {lr}, is now at {rates[key]}, and should be at {lr / 2}."
    return None


every_group = Exercise(
    _every_group,
    hint="Go through all of optimizer.param_groups.",
    solution=(
        "def decay(optimizer):\n"
        "    for group in optimizer.param_groups:\n"
        "        group['lr'] *= 0.5"
    ),
    why="Each group's own learning rate is halved, however many there are.",
)


@of_function
def _later_groups(scheduled: Any) -> Any:
    *first, head = _groups(front=0.4, back=0.2, head=0.1)
    optimizer = SGD(first, lr=1.0)
    base_lrs = [group["lr"] for group in optimizer.param_groups]
    for epoch in range(4):
        if epoch == 2:
            optimizer.add_param_group(head)
        scheduled(optimizer, base_lrs, 1 - epoch / 4)
        lrs = {"front": 0.4, "back": 0.2} | ({"head": 0.1} if epoch >= 2 else {})
        wanted = {key: lr * (1 - epoch / 4) for key, lr in lrs.items()}
        rates = _rates(optimizer)
        for key, lr in wanted.items():
            if abs(rates[key] - lr) > 1e-12:
                return f"in epoch {epoch} {key} is at {rates[key]:.4g}, and should be at {lr:.4g}."
    return None


later_groups = Exercise(
    _later_groups,
    hint="Keep each group's own learning rate in the group: group.setdefault('initial_lr', "
    "group['lr']) writes it only the first time, and returns it.",
    solution=(
        "def scheduled(optimizer, base_lrs, factor):\n"
        "    for group in optimizer.param_groups:\n"
        "        group['lr'] = group.setdefault('initial_lr', group['lr']) * factor"
    ),
    why="Whoever joins brings its own learning rate along. (So do fineopt's schedules.)",
)


@of_function
def _both_optimizers(build: Any) -> Any:
    net = fresh()
    optimizer = MultipleOptimizer(
        SGD(net.front.parameters(), lr=0.4), Adam(net.head.parameters(), lr=0.2)
    )
    schedule = build(optimizer)
    if not isinstance(schedule, LRScheduler):
        return f"the function returns {schedule!r}: let it return a schedule."
    for _ in range(3):
        schedule.step()
    rates = learning_rates(optimizer.param_groups)
    if any(abs(rate - lr / 8) > 1e-12 for rate, lr in zip(rates, (0.4, 0.2), strict=True)):
        return f"after three epochs 0.4 and 0.2 are {rates}, and should be [0.05, 0.025]."
    return None


both_optimizers = Exercise(
    _both_optimizers,
    hint="What is optimizer.opts[0]? A schedule takes the whole MultipleOptimizer as well.",
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def schedule_for(optimizer):\n"
        "    return optim.ExponentialLR(optimizer, gamma=0.5)"
    ),
    why="The MultipleOptimizer shows the groups of all its optimizers.",
)
