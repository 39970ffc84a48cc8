"""Loss curves to read: three runs of the small network, whose learning rates are not told.

All steps use one mini-batch, so that the curves are smooth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.autodiff import GradManager
from ..language import say, translatable
from ..optimizer import SGD
from ..training import train_func
from .exercise import Exercise
from .judging.judges import shown
from .small import batch, fresh

__all__ = ["read_curves", "three_curves"]

LRS = {"A": 12.0, "B": 0.05, "C": 0.5}
VERDICTS = {
    "too small": translatable("It keeps falling, but barely: larger steps would get further."),
    "about right": translatable("It falls quickly, and then stays low."),
    "too large": translatable("It leaps up instead of falling: the steps jump over the valley."),
}
RIGHT = {"A": "too large", "B": "too small", "C": "about right"}
CHINESE = {"太小": "too small", "合适": "about right", "太大": "too large"}


def three_curves(steps: int = 60) -> dict[str, list[float]]:
    """Return the loss at each step of three runs, by their labels A, B and C."""
    return {label: _losses(lr, steps) for label, lr in LRS.items()}


def _losses(lr: float, steps: int) -> list[float]:
    net = fresh()
    optimizer, gm = SGD(net.parameters(), lr=lr), GradManager().attach(net.parameters())
    losses = []
    for _ in range(steps):
        optimizer.clear_grad()
        losses.append(train_func(*batch(), net, gm)[1].item())
        optimizer.step()
    return losses


def _judge(answer: Any) -> str | None:
    if not isinstance(answer, Mapping):
        return say(
            "expected a dict such as {example}, got {answer}.",
            example='{"A": "about right", "B": ...}',
            answer=shown(answer),
        )
    for label, right in RIGHT.items():
        verdict = answer.get(label)
        if verdict is None or verdict is ...:
            return say("curve {label} is missing.", label=label)
        if isinstance(verdict, str):
            verdict = CHINESE.get(verdict.strip(), verdict.strip().lower())
        if verdict not in list(VERDICTS):
            return say(
                "{verdict} is not among these; choose from {choices}.",
                verdict=shown(verdict),
                choices=say("'too small', 'about right', 'too large'"),
            )
        if verdict != right:
            return say("look at curve {label} again.", label=label) + " " + say(VERDICTS[right])
    return None


read_curves = Exercise(
    _judge,
    goal=4,
    asks=translatable(
        "Is the learning rate of each curve 'too small', 'about right' or 'too large'? Answer with "
        "a dict from A, B and C."
    ),
    hint=translatable(
        "Where does each curve begin, where is it after ten steps, where at the end?"
    ),
    solution='{"A": "too large", "B": "too small", "C": "about right"}',
    why=translatable(
        "A leaps up and stays high; B falls slowly all the way; C falls quickly and stays low."
    ),
)
