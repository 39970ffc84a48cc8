"""What a step does to each parameter, and what an optimizer refuses from the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...core.autodiff import GradManager
from ...language import say, translatable
from ...optimizer import SGD
from ..exercise import Exercise
from ..judging.judges import choice, function, shown
from ..small import Small, batch, fresh

__all__ = ["refused", "what_stands_still"]

Setup = Callable[[Small], tuple[SGD, GradManager]]


def _lr_0(net: Small) -> tuple[SGD, GradManager]:
    groups = [
        {"params": net.front.parameters(), "lr": 0.0},
        {"params": [p for n, p in net.named_parameters() if "front" not in n]},
    ]
    return SGD(groups, lr=0.1), GradManager().attach(net.parameters())


def _unattached(net: Small) -> tuple[SGD, GradManager]:
    return SGD(net.parameters(), lr=0.1), GradManager().attach(net.head.parameters())


def _in_no_group(net: Small) -> tuple[SGD, GradManager]:
    held = [*net.front.parameters(), *net.head.parameters()]
    return SGD(held, lr=0.1), GradManager().attach(net.parameters())


SETUPS: dict[str, tuple[Setup, tuple[str, ...]]] = {
    translatable("front has lr 0"): (_lr_0, ("front",)),
    translatable("only head is attached"): (_unattached, ("back", "front", "norm")),
    translatable("only front and head are in the optimizer"): (_in_no_group, ("back", "norm")),
}


@function
def _still(answer: Callable[..., Any]) -> str | None:
    for setup, (build, layers) in SETUPS.items():
        net = fresh()
        optimizer, gm = build(net)
        found = answer(net, optimizer, gm, batch())
        if isinstance(found, str) or not isinstance(found, Iterable):
            return say(
                "the function should return the names, but returned {answer}.", answer=shown(found)
            )
        names = set(found)
        right = {n for n, _ in net.named_parameters() if n.split(".")[0] in layers}
        if np.array_equal(net.head.weight.numpy(), fresh().head.weight.numpy()):
            return say("no step was taken: head.weight is as before.")
        if missed := sorted(right - names):
            return say(
                "{setup}: {name} stands still, but is not reported.",
                setup=say(setup),
                name=missed[0],
            )
        if extra := sorted(map(str, names - right)):
            return say("{setup}: {name} moves, but is reported.", setup=say(setup), name=extra[0])
    return None


what_stands_still = Exercise(
    _still,
    goal=1,
    asks=translatable(
        "Take one step, and return the names of the parameters that did not move in it."
    ),
    hint=translatable("The function look does most of it: what does its last column compare?"),
    solution=(
        "import numpy as np\n"
        "from fineopt.training import train_func\n\n"
        "def what_stands_still(net, optimizer, gm, batch):\n"
        "    before = {name: param.numpy() for name, param in net.named_parameters()}\n"
        "    optimizer.clear_grad()\n"
        "    train_func(*batch, net, gm)\n"
        "    optimizer.step()\n"
        "    pairs = net.named_parameters()\n"
        "    return {name for name, p in pairs if np.array_equal(p.numpy(), before[name])}"
    ),
    why=translatable("It works with any model, whatever the reason for standing still."),
)

refused = Exercise(
    choice(
        {"a parameter in two groups", "a misspelt key", "an exhausted generator", "lr nan"},
        {
            "a parameter in two groups": translatable("It would move twice per step: an error."),
            "a layer in no group": translatable(
                "The optimizer knows only what it is given, so it cannot miss anything; the "
                "Trainer warns, and audit tells."
            ),
            "a misspelt key": translatable("No setting has this name: an error that suggests one."),
            "an exhausted generator": translatable("It has no parameters left: an error."),
            "no clear_grad()": translatable("Adding gradients is also a technique (lesson 03)."),
            "lr nan": translatable("It would spoil every parameter at once: an error."),
            "lr 0": translatable("It is a way to freeze (lesson 02)."),
        },
    ),
    goal=3,
    asks=translatable(
        "Which faults does an optimizer of fineopt refuse when it is made? Give a set of 'a "
        "parameter in two groups', 'a layer in no group', 'a misspelt key', 'an exhausted "
        "generator', 'no clear_grad()', 'lr nan', 'lr 0'."
    ),
    hint=translatable("What can an optimizer see in its arguments alone?"),
    solution=(
        "{'a parameter in two groups', 'a misspelt key', 'an exhausted generator', 'lr nan'}"
    ),
    why=translatable("Faults that can also be intended are left to audit, and to you."),
)
