"""Writes a trainer's present groups, learning rates and schedule as Python."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from typing import Any

from .. import optimizer as optimizers
from ..checks import plain
from ..optimizer import schedules
from ..optimizer.base import Optimizer
from ..optimizer.labels import group_labels
from ..optimizer.schedules.base import LRScheduler
from ..optimizer.schedules.groups import is_overridden
from ..training.trainer import Trainer
from ..wording import one_line

__all__ = ["as_python"]

MARKS = ("params", "name", "initial_lr", "scheduled_lr")  # no hyperparameters
LIMIT = 96  # characters of a line


def as_python(trainer: Trainer) -> str:
    """Return code that gives a new trainer of the same network the groups of this one.

    It makes the optimizers with their groups, learning rates and other hyperparameters, sets which
    parameters are attached, and starts the schedule, all for a name ``trainer``. States of
    optimizers are not part of it, and neither is how far the schedule has come: it starts anew from
    the learning rates from which it started here.

    >>> import numpy as np
    >>> from fineopt import module, optimizer
    >>> net = module.Linear(2, 3)
    >>> batches = [(np.ones((4, 2)), np.arange(4) % 3)]
    >>> print(as_python(Trainer(net, optimizer.SGD(net.parameters(), lr=0.1), batches)))
    from fineopt.optimizer import SGD
    <BLANKLINE>
    parameters = trainer.parameters
    trainer.optimizer = SGD(
        [
            {
                "params": [parameters[name] for name in ("bias", "weight")],
                "lr": 0.1, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0,
            },
        ],
        lr=0.1,
    )
    trainer.gm.attach(list(parameters.values()))
    trainer.schedule = None
    """
    names = {id(p): name for name, p in reversed(trainer.parameters.items())}
    imports: dict[str, set[str]] = {}
    groups = list(trainer.optimizer.param_groups)
    owners = list(dict.fromkeys(trainer.optimizer.optimizer_of(i) for i in range(len(groups))))
    made = [_optimizer(owner, names, imports) for owner in owners]
    made = [lines for lines in made if lines]
    lines = ["parameters = trainer.parameters"]
    if len(made) == 1:
        lines += _assigned("trainer.optimizer = ", made[0], "")
    elif made:
        imports.setdefault("fineopt.optimizer", set()).add("MultipleOptimizer")
        inner = [f"    {line}" for one in made for line in _assigned("", one, ",")]
        lines += ["trainer.optimizer = MultipleOptimizer(", *inner, ")"]
    for label, group in zip(group_labels(groups), groups, strict=True):
        if not group["params"]:
            lines.append(f"# {one_line(label)} has no parameters, so it is left out")
    lines += _attached(trainer)
    lines += _schedule(trainer, groups, imports)
    heads = [
        f"from {room} import {', '.join(sorted(classes))}"
        for room, classes in sorted(imports.items())
    ]
    return "\n".join([*heads, "", *lines])


def _assigned(before: str, lines: list[str], after: str) -> list[str]:
    return [before + lines[0], *lines[1:-1], lines[-1] + after]


def _optimizer(owner: Optimizer, names: dict[int, str], imports: dict[str, set[str]]) -> list[str]:
    """Return the lines that make an optimizer; none if all its groups are empty."""
    groups = [group for group in owner.param_groups if group["params"]]
    if not groups:
        return []
    kind = _imported(type(owner), optimizers, "fineopt.optimizer", imports)
    own = [line for group in groups for line in _group(group, names)]
    return [
        f"{kind}(",
        "    [",
        *(f"        {line}" for line in own),
        "    ],",
        f"    lr={_literal(_base_lr(groups[0]))},",
        ")",
    ]


def _group(group: dict[str, Any], names: dict[int, str]) -> list[str]:
    members = tuple(names[id(p)] for p in group["params"])
    settings = {key: value for key, value in group.items() if key not in (*MARKS, "lr")}
    settings = {"lr": _base_lr(group), **settings}
    listed = ", ".join(f'"{key}": {_literal(value)}' for key, value in settings.items())
    name = [f'    "name": {_literal(group["name"])},'] if "name" in group else []
    many = [f'    "params": [parameters[name] for name in {_literal(members)}],']
    if len(many[0]) > LIMIT:
        inner = [f"        {_literal(member)}," for member in members]
        many = ['    "params": [parameters[name] for name in (', *inner, "    )],"]
    return ["{", *name, *many, f"    {listed},", "},"]


def _base_lr(group: dict[str, Any]) -> Any:
    """Return the lr from which a schedule started; without one, or by hand, the current one."""
    return group["lr"] if "scheduled_lr" not in group else group["initial_lr"]


def _attached(trainer: Trainer) -> list[str]:
    attached = trainer.engine.attached()
    detached = tuple(name for name in trainer.parameters if name not in attached)
    if not detached:
        return ["trainer.gm.attach(list(parameters.values()))"]
    return [
        f"detached = {_literal(detached)}",
        "for name, parameter in parameters.items():",
        "    (trainer.gm.detach if name in detached else trainer.gm.attach)(parameter)",
    ]


def _schedule(
    trainer: Trainer, groups: list[dict[str, Any]], imports: dict[str, set[str]]
) -> list[str]:
    schedule = trainer.schedule
    by_hand = [
        f'trainer.optimizer.param_groups[{i}]["lr"] = {_literal(group["lr"])}  # set by hand'
        for i, group in enumerate(group for group in groups if group["params"])
        if is_overridden(group, i)
    ]
    if schedule is None:
        return ["trainer.schedule = None", *by_hand]
    every = f"trainer.schedule_every = {_literal(trainer.schedule_every)}"
    name = getattr(schedule, "chosen_as", None)
    if name is not None:
        imports.setdefault("fineopt.optimizer.schedules.named", set()).add("make_schedule")
        epochs = schedule.chosen_epochs  # type: ignore[attr-defined]
        made = f"make_schedule(trainer.optimizer, {_literal(name)}, {epochs})"
    elif (made_in_code := _made(schedule, imports)) is not None:
        made = made_in_code
    else:
        kind = type(schedule).__name__
        return [f"# trainer.schedule: make the {kind} again, as in your code", *by_hand]
    return [f"trainer.schedule = {made}", every, *by_hand]


def _made(schedule: LRScheduler, imports: dict[str, set[str]]) -> str | None:
    """Return the call that makes a schedule; None if it is made of functions or of others."""
    settings = {name: getattr(schedule, name) for name in schedule.checks}
    taken = set(inspect.signature(type(schedule)).parameters)
    needs = taken - {"optimizer", "current_epoch", "groups", "settings"}
    if not needs <= set(settings) or not schedule.governs_all:
        return None
    kind = _imported(type(schedule), schedules, "fineopt.optimizer.schedules", imports)
    words = "".join(f", {key}={_literal(value)}" for key, value in settings.items())
    return f"{kind}(trainer.optimizer{words})"


def _imported(kind: type, room: Any, path: str, imports: dict[str, set[str]]) -> str:
    """Return the name of a class, and note where it is imported from."""
    name = kind.__name__
    home = path if getattr(room, name, None) is kind else kind.__module__
    if home != "__main__":  # made in the notebook itself
        imports.setdefault(home, set()).add(name)
    return name


def _literal(value: Any) -> str:
    """Return a value as Python that a formatter leaves alone: strings in double quotes."""
    value = plain(value)
    if isinstance(value, str):
        quoted = repr(value)
        return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in value else quoted
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, tuple):
        return _tuple(map(_literal, value))
    return repr(value)


def _tuple(items: Iterable[str]) -> str:
    every = list(items)
    return f"({every[0]},)" if len(every) == 1 else f"({', '.join(every)})"
