"""Broken training runs of lesson 05."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.autodiff import GradManager
from ..ops import Array
from ..optimizer import SGD, Optimizer
from ..training import train_func
from .counting import count_vjps
from .diagnose_groups import Judge, of_function
from .exercise import Exercise
from .small import Small, batch, fresh

__all__ = [
    "a_step",
    "by_name",
    "first_step_after_a_thaw",
    "head_alone",
    "no_leap",
    "no_stale_gradient",
]

Step = Callable[..., Any]


def of_two(judge: Callable[[Any, Any], Any]) -> Judge:
    """Refuse what is no pair of functions before they are called."""

    def judged(answer: Any) -> Any:
        if not isinstance(answer, tuple | list) or not all(map(callable, answer)):
            return f"two functions in brackets are asked for, not {answer!r}."
        if len(answer) != 2:
            return f"two functions are asked for, not {len(answer)}."
        return judge(*answer)

    return judged


def _begin() -> tuple[Small, SGD, GradManager]:
    net = fresh()
    optimizer = SGD(net.parameters(), lr=0.1)
    return net, optimizer, GradManager().attach(net.parameters())


def _right_step(
    net: Small, optimizer: Optimizer, gm: GradManager, data_and_label: tuple[Array, Array]
) -> None:
    optimizer.clear_grad()
    train_func(*data_and_label, net, gm)
    optimizer.step()


def _still(net: Small, part: str, before: dict[str, Array]) -> str | None:
    """Name the first tensor of a part that has moved."""
    now = net.state_dict()
    moved = [name for name in now if part in name and not np.array_equal(now[name], before[name])]
    return moved[0] if moved else None


# ---- clear_grad ----


@of_function
def _a_step(step: Step) -> Any:
    ends = []
    for each in (step, _right_step):
        net, optimizer, gm = _begin()
        start = net.state_dict()
        for i in range(3):
            each(net, optimizer, gm, batch(i))
        ends.append(net.state_dict())
    mended, right = ends
    if np.array_equal(mended["head.weight"], start["head.weight"]):
        return "after three steps head.weight is where it was."
    for name in right:
        if not np.allclose(mended[name], right[name], rtol=1e-3, atol=1e-5):
            return (
                f"three steps on three mini-batches lead {name} elsewhere: each should go by its "
                "own mini-batch's gradient alone."
            )
    return None


a_step = Exercise(
    _a_step,
    hint="What makes the gradients of the step before go away?",
    solution=(
        "from fineopt.training import train_func\n\n"
        "def train_step(net, optimizer, gm, batch):\n"
        "    optimizer.clear_grad()\n"
        "    _, loss = train_func(*batch, net, gm)\n"
        "    optimizer.step()\n"
        "    return loss.item()"
    ),
    why="Each step now goes by its own mini-batch's gradient.",
)


# ---- momentum at lr 0 ----


def first_step_after_a_thaw(freeze: Step, thaw: Step) -> tuple[float, float]:
    """Freeze front for ten steps, thaw it, and take one.

    Returns:
        How far front then moves, and lr times the length of its gradient.

    Raises:
        ValueError: if it moves while it is frozen.
    """
    net = fresh()
    front = list(net.front.parameters())
    others = [p for name, p in net.named_parameters() if "front" not in name]
    optimizer = SGD([{"params": front}, {"params": others}], lr=0.1, momentum=0.9)
    gm = GradManager().attach(net.parameters())
    freeze(optimizer, gm, front)
    before = net.state_dict()
    for _ in range(10):
        _right_step(net, optimizer, gm, batch())
    if moved := _still(net, "front", before):
        raise ValueError(f"{moved} moves while it is frozen")
    thaw(optimizer, gm, front)
    _right_step(net, optimizer, gm, batch())
    now, grads = net.state_dict(), [p.grad for p in front]
    steps = [now[name] - before[name] for name in now if "front" in name]
    lengths = [0.0 if g is None else float((g.numpy() ** 2).sum()) for g in grads]
    return float(np.sqrt(sum((s**2).sum() for s in steps))), 0.1 * float(np.sqrt(sum(lengths)))


@of_two
def _no_leap(freeze: Step, thaw: Step) -> Any:
    moved, expected = first_step_after_a_thaw(freeze, thaw)
    if moved == 0:
        return "after the thaw front stands still."
    if moved > 1.5 * expected:
        return f"the first step after the thaw is still {moved / expected:.1f} times as far."
    if moved < 0.5 * expected:
        return f"the first step after the thaw is only {moved / expected:.1f} times as far."
    return None


no_leap = Exercise(
    _no_leap,
    hint="A parameter without gradient is passed over, and its momentum too: gm.detach(front).",
    solution=(
        "def freeze(optimizer, gm, front):\n"
        "    gm.detach(front)\n\n"
        "def thaw(optimizer, gm, front):\n"
        "    gm.attach(front)"
    ),
    why="What is not there can't add up; and nothing is computed for nothing.",
)


# ---- a gradient that stays ----


@of_function
def _no_stale_gradient(step: Step) -> Any:
    net, optimizer, gm = _begin()
    step(net, optimizer, gm, batch(0))
    gm.detach(net.front.parameters())
    before = net.state_dict()
    for i in (1, 2):
        step(net, optimizer, gm, batch(i))
    if moved := _still(net, "front", before):
        return f"{moved} moves on after it has been detached."
    if not _still(net, "head.weight", before):
        return "front stands still, but so does head.weight, which is attached."
    return None


no_stale_gradient = Exercise(
    _no_stale_gradient,
    hint="Which parameters does optimizer.step() move? All of these must be cleared before.",
    solution=(
        "from fineopt.training import train_func\n\n"
        "def careful_step(net, optimizer, gm, batch):\n"
        "    optimizer.clear_grad()\n"
        "    train_func(*batch, net, gm)\n"
        "    optimizer.step()"
    ),
    why="clear_grad() clears all that step() would move, attached or not.",
)


# ---- checkpoints ----


@of_two
def _by_name(save: Step, load: Step) -> Any:
    old, new = fresh(), fresh()
    here = SGD([{"params": x.parameters()} for x in (old.front, old.back)], lr=0.1)
    there = SGD([{"params": x.parameters()} for x in (new.back, new.front)], lr=0.1)
    wanted = old.state_dict()
    saved = save(here)
    for p in (*old.parameters(), *new.parameters()):
        p[...] = 0  # a checkpoint is a copy
    load(there, saved)
    for name, p in new.named_parameters():
        if "front" in name or "back" in name:
            found = [k for k in wanted if np.array_equal(wanted[k], p.numpy())]
            if not np.array_equal(p.numpy(), wanted[name]):
                where = f"holds what {found[0]} held" if found else "was not restored"
                return f"{name} {where}."
    return None


by_name = Exercise(
    _by_name,
    hint="Save a dict, {param.name: param.numpy()}, and look each parameter up in it by its name.",
    solution=(
        "def save(optimizer):\n"
        "    return {param.name: param.numpy() for param in optimizer.parameters()}\n\n"
        "def load(optimizer, saved):\n"
        "    for param in optimizer.parameters():\n"
        "        param[...] = saved[param.name]"
    ),
    why="By name everything finds its place, in whatever order the groups come.",
)


# ---- only the head ----


@of_function
def _head_alone(only_head: Step) -> Any:
    net = fresh()
    made = only_head(net)
    if not isinstance(made, tuple | list) or len(made) != 2:
        return f"two things are to be returned, optimizer and gm, not {made!r}."
    optimizer, gm = made
    before = net.state_dict()
    with count_vjps() as count:
        _right_step(net, optimizer, gm, batch())
    if not _still(net, "head", before):
        return "head does not move."
    for part in ("front", "back", "norm"):
        if moved := _still(net, part, before):
            return f"{moved} has changed, and should stay as it is."
    least = _vjps_of_head()
    if count.calls > least:
        return f"a step needs {count.calls} VJPs, and {least} would do: what is attached?"
    return None


def _vjps_of_head() -> int:
    net = fresh()
    gm = GradManager().attach(net.head.parameters())
    with count_vjps() as count:
        train_func(*batch(), net, gm)
    return count.calls


head_alone = Exercise(
    _head_alone,
    hint="Attach only head's parameters; and set net.norm.freeze (eval() is undone by train()).",
    solution=(
        "import fineopt.optimizer as optim\n"
        "from fineopt.autodiff import GradManager\n\n"
        "def only_head(net):\n"
        "    gm = GradManager().attach(net.head.parameters())\n"
        "    net.norm.freeze = True\n"
        "    return optim.SGD(net.head.parameters(), lr=0.1), gm"
    ),
    why="Backward ends at head, and nothing before it changes, statistics included.",
)
