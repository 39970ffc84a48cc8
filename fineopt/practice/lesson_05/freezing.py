"""Broken ways to freeze parameters."""

from __future__ import annotations

import numpy as np

from ...core.autodiff import GradManager
from ...language import say, translatable
from ...optimizer import SGD
from ...training import train_func
from ..exercise import Exercise
from ..judging.counting import count_vjps
from ..judging.judges import function, shown, two_functions
from ..small import batch, fresh
from .steps import Step, changed, right_step

__all__ = ["first_step_after_a_thaw", "head_alone", "no_leap"]


def first_step_after_a_thaw(freeze: Step, thaw: Step) -> tuple[float, float]:
    """Freeze `front` for ten steps with momentum 0.9, thaw it, and take one more step.

    Args:
        freeze: called as `freeze(optimizer, gm, front)` before the first step.
        thaw: called as `thaw(optimizer, gm, front)` before the last step.

    Returns:
        The length of front's last step, and lr times the length of its gradient.

    Raises:
        ValueError: if `front` moves while it is frozen.
    """
    net = fresh()
    front = list(net.front.parameters())
    others = [p for name, p in net.named_parameters() if "front" not in name]
    optimizer = SGD([{"params": front}, {"params": others}], lr=0.1, momentum=0.9)
    gm = GradManager().attach(net.parameters())
    freeze(optimizer, gm, front)
    before = net.state_dict()
    for _ in range(10):
        right_step(net, optimizer, gm, batch())
    if name := changed(net, "front", before):
        raise ValueError(say("{name} moves while it is frozen.", name=name))
    thaw(optimizer, gm, front)
    right_step(net, optimizer, gm, batch())
    now, grads = net.state_dict(), [p.grad for p in front]
    steps = [now[name] - before[name] for name in now if "front" in name]
    squares = [0.0 if g is None else float((g.numpy() ** 2).sum()) for g in grads]
    return float(np.sqrt(sum((s**2).sum() for s in steps))), 0.1 * float(np.sqrt(sum(squares)))


@two_functions
def _no_leap(freeze: Step, thaw: Step) -> str | None:
    moved, expected = first_step_after_a_thaw(freeze, thaw)
    if moved == 0:
        return say("front does not move after the thaw.")
    if not 0.5 * expected <= moved <= 1.5 * expected:
        return say(
            "the first step after the thaw is {times:.1f} times lr × gradient, expected 1.0 times.",
            times=moved / expected,
        )
    return None


no_leap = Exercise(
    _no_leap,
    goal=2,
    asks=translatable(
        "Fix freeze(optimizer, gm, front) and thaw(optimizer, gm, front): the first step after the "
        "thaw is as long as lr × gradient."
    ),
    hint=translatable("What keeps an optimizer from changing the momentum of a parameter?"),
    solution=(
        "def freeze(optimizer, gm, front):\n"
        "    gm.detach(front)\n\n"
        "def thaw(optimizer, gm, front):\n"
        "    gm.attach(front)"
    ),
    why=translatable(
        "At lr 0 momentum went on accumulating gradients, and all of them moved front at the thaw. "
        "Without gradients it cannot, and their computation is saved."
    ),
)


@function
def _head_alone(only_head: Step) -> str | None:
    net = fresh()
    made = only_head(net)
    if not isinstance(made, tuple | list) or len(made) != 2:
        return say(
            "the function should return (optimizer, gm), but returned {answer}.",
            answer=shown(made),
        )
    optimizer, gm = made
    before = net.state_dict()
    with count_vjps() as count:
        right_step(net, optimizer, gm, batch())
    if not changed(net, "head", before):
        return say("head does not move.")
    for part in ("front", "back", "norm"):
        if name := changed(net, part, before):
            return say("{name} changed, but should not.", name=name)
    expected = _vjps_of_head()
    if count.calls > expected:
        return say(
            "a step calls {count} VJPs, but needs only {expected}: what is attached?",
            count=count.calls,
            expected=expected,
        )
    return None


def _vjps_of_head() -> int:
    net = fresh()
    gm = GradManager().attach(net.head.parameters())
    with count_vjps() as count:
        train_func(*batch(), net, gm)
    return count.calls


head_alone = Exercise(
    _head_alone,
    goal=2,
    asks=translatable(
        "Fix only_head(net), which returns (optimizer, gm): only head changes, nothing else does, "
        "statistics included, and no gradient is computed in vain."
    ),
    hint=translatable(
        "There are two faults: one costs time, the other changes numbers that are not parameters "
        "(lesson 04)."
    ),
    solution=(
        "import fineopt.optimizer as optim\n"
        "from fineopt.autodiff import GradManager\n\n"
        "def only_head(net):\n"
        "    gm = GradManager().attach(net.head.parameters())\n"
        "    net.norm.freeze = True\n"
        "    return optim.SGD(net.head.parameters(), lr=0.1), gm"
    ),
    why=translatable(
        "Gradients were computed for all that was attached, used or not, and BatchNorm's "
        "statistics are not parameters: they drift in training mode. Now backward stops at head, "
        "and nothing before it changes."
    ),
)
