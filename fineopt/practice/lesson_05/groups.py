"""Broken param groups and schedules."""

from __future__ import annotations

from typing import Any

from ...language import say, translatable
from ...optimizer import SGD, Adam, LRScheduler, MultipleOptimizer
from ...optimizer.groups import learning_rates
from ..exercise import Exercise
from ..judging.judges import first_difference, function, lrs_by_name, shown, wrong_lr
from ..small import fresh

__all__ = ["all_in_groups", "both_optimizers", "every_group", "later_groups"]


def _groups(**lrs: float) -> list[dict[str, Any]]:
    """Return a param group for each layer that is given an lr."""
    layers = dict(fresh().named_children())
    return [{"params": layers[k].parameters(), "name": k, "lr": lr} for k, lr in lrs.items()]


@function
def _all_in_groups(groups: Any) -> str | None:
    net = fresh()
    optimizer = SGD(groups(net), lr=0.1)  # raises an error that names the invalid group
    return wrong_lr(net, optimizer, lambda name: 0.01 if "back" in name else 0.1)


all_in_groups = Exercise(
    _all_in_groups,
    goal=2,
    asks=translatable(
        "Fix groups(net): back has lr 0.01, every other parameter uses the optimizer's 0.1."
    ),
    hint=translatable("Which layers have neither 'front' nor 'back' in their names?"),
    solution=(
        "def groups(net):\n"
        "    back = [p for name, p in net.named_parameters() if 'back' in name]\n"
        "    rest = [p for name, p in net.named_parameters() if 'back' not in name]\n"
        "    return [{'params': rest}, {'params': back, 'lr': 0.01}]"
    ),
    why=translatable(
        "Sorting by name misses every layer that you did not think of, here norm and head; "
        "'not in', or an else, catches the rest."
    ),
)


@function
def _every_group(decay: Any) -> str | None:
    for before in ({"front": 0.4, "back": 0.2, "head": 0.1}, {"head": 0.8}):
        optimizer = SGD(_groups(**before), lr=1.0)
        decay(optimizer)
        lrs, expected = lrs_by_name(optimizer), {name: lr / 2 for name, lr in before.items()}
        if name := first_difference(lrs, expected):
            return say(
                "the lr of {name} went from {before:.4g} to {now:.4g}, expected {expected:.4g}.",
                name=name,
                before=before[name],
                now=lrs[name],
                expected=expected[name],
            )
    return None


every_group = Exercise(
    _every_group,
    goal=2,
    asks=translatable("Fix decay(optimizer): it halves the learning rate of each group."),
    hint=translatable("How many groups does the line with the index reach?"),
    solution=(
        "def decay(optimizer):\n"
        "    for group in optimizer.param_groups:\n"
        "        group['lr'] *= 0.5"
    ),
    why=translatable(
        "Code for one group often says param_groups[0], and keeps working, for that group alone. "
        "Now each is halved, whatever their number."
    ),
)


@function
def _later_groups(scheduled: Any) -> str | None:
    *first, head = _groups(front=0.4, back=0.2, head=0.1)
    optimizer = SGD(first, lr=1.0)
    base_lrs = [group["lr"] for group in optimizer.param_groups]
    initial = {"front": 0.4, "back": 0.2}
    for epoch in range(4):
        if epoch == 2:
            optimizer.add_param_group(head)
            initial["head"] = 0.1
        scheduled(optimizer, base_lrs, 1 - epoch / 4)
        lrs = lrs_by_name(optimizer)
        expected = {name: lr * (1 - epoch / 4) for name, lr in initial.items()}
        if name := first_difference(lrs, expected):
            return say(
                "in epoch {epoch}, {name} has lr {lr:.4g}, expected {expected:.4g}.",
                epoch=epoch,
                name=name,
                lr=lrs[name],
                expected=expected[name],
            )
    return None


later_groups = Exercise(
    _later_groups,
    goal=2,
    asks=translatable(
        "Fix scheduled(optimizer, base_lrs, factor): each group gets its own first learning rate "
        "times the factor, one that is added later too."
    ),
    hint=translatable(
        "A list made at the start knows nothing of later groups. A group is a dict: it can "
        "remember something itself."
    ),
    solution=(
        "def scheduled(optimizer, base_lrs, factor):\n"
        "    for group in optimizer.param_groups:\n"
        "        group['lr'] = group.setdefault('initial_lr', group['lr']) * factor"
    ),
    why=translatable(
        "base_lrs does not contain later groups, and zip silently stops at the shorter one. A "
        "group that remembers its own rate brings it along. (fineopt's schedules do the same.)"
    ),
)


@function
def _both_optimizers(build: Any) -> str | None:
    net = fresh()
    optimizer = MultipleOptimizer(
        SGD(net.front.parameters(), lr=0.4), Adam(net.head.parameters(), lr=0.2)
    )
    schedule = build(optimizer)
    if not isinstance(schedule, LRScheduler):
        return say(
            "the function should return a schedule, but returned {answer}.", answer=shown(schedule)
        )
    for _ in range(3):
        schedule.step()
    lrs = learning_rates(optimizer.param_groups)
    if any(abs(lr - base_lr / 8) > 1e-12 for lr, base_lr in zip(lrs, (0.4, 0.2), strict=True)):
        return say(
            "after three epochs the lrs 0.4 and 0.2 are {lrs}, expected [0.05, 0.025].",
            lrs=[float(f"{lr:.4g}") for lr in lrs],
        )
    return None


both_optimizers = Exercise(
    _both_optimizers,
    goal=2,
    asks=translatable(
        "Fix schedule_for(optimizer): it halves the learning rates of both optimizers each epoch."
    ),
    hint=translatable("What is optimizer.opts[0], and what is not in it?"),
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def schedule_for(optimizer):\n"
        "    return optim.ExponentialLR(optimizer, gamma=0.5)"
    ),
    why=translatable(
        "The schedule was bound to one of the two optimizers. A MultipleOptimizer's param_groups "
        "are the groups of all."
    ),
)
