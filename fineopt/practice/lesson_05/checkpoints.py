"""A broken checkpoint."""

from __future__ import annotations

import numpy as np

from ...language import say, translatable
from ...optimizer import SGD
from ..exercise import Exercise
from ..judging.judges import two_functions
from ..small import fresh
from .steps import Step

__all__ = ["by_name"]


@two_functions
def _by_name(save: Step, load: Step) -> str | None:
    old, new = fresh(), fresh()
    source = SGD([{"params": x.parameters()} for x in (old.front, old.back)], lr=0.1)
    target = SGD([{"params": x.parameters()} for x in (new.back, new.front)], lr=0.1)
    expected = old.state_dict()
    saved = save(source)
    for p in (*old.parameters(), *new.parameters()):
        p[...] = 0  # a checkpoint should be a copy
    load(target, saved)
    for name, p in new.named_parameters():
        if "front" not in name and "back" not in name:
            continue
        if not np.array_equal(p.numpy(), expected[name]):
            found = [other for other in expected if np.array_equal(expected[other], p.numpy())]
            if found:
                return say("{name} has the values of {other}.", name=name, other=found[0])
            return say("{name} was not restored.", name=name)
    return None


by_name = Exercise(
    _by_name,
    goal=2,
    asks=translatable(
        "Fix save(optimizer) and load(optimizer, saved): each parameter gets its own values back, "
        "whatever the order of the groups."
    ),
    hint=translatable("What do both runs know a parameter by, if not by its place?"),
    solution=(
        "def save(optimizer):\n"
        "    return {param.name: param.numpy() for param in optimizer.parameters()}\n\n"
        "def load(optimizer, saved):\n"
        "    for param in optimizer.parameters():\n"
        "        param[...] = saved[param.name]"
    ),
    why=translatable(
        "A list knows parameters by their place, which depends on the order of the groups; names "
        "do not."
    ),
)
