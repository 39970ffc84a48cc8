"""Judges of answers, and the checks that exercises share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ..language import say
from ..module import Module
from ..optimizer import MultipleOptimizer, Optimizer
from ..optimizer.groups import learning_rates
from .exercise import Judge, answered

__all__ = ["first_difference", "function", "lrs_by_name", "number", "two_functions", "wrong_lr"]


def number(
    right: float, what: str, *, slips: Mapping[float, str] | None = None, tolerance: float = 1e-9
) -> Judge:
    """Return a judge of numbers.

    Args:
        right: the correct number.
        what: description of the number, for the message.
        slips: common wrong numbers, and the mistakes that lead to them.
        tolerance: absolute tolerance for the correct number and for slips.

    >>> number(5.0, "the ratio", slips={0.2: "This is its inverse."})(0.2)
    '0.2 is not the ratio. This is its inverse.'
    """

    def judge(answer: Any) -> str | None:
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            return f"expected a number, got {answer!r}."
        if abs(answer - right) <= tolerance:
            return None
        near = [why for slip, why in (slips or {}).items() if abs(answer - slip) <= tolerance]
        return " ".join([f"{answer} is not {what}.", *near])

    return judge


def function(judge: Judge) -> Judge:
    """Decorate a judge of functions: reject other answers, and functions that return `...`.

    >>> function(lambda double: None if double(2) == 4 else "2 should become 4.")(3)
    'expected a function, got 3.'
    """

    @wraps(judge)
    def judged(answer: Any) -> str | None:
        if not callable(answer):
            return f"expected a function, got {answer!r}."
        return judge(_completed(answer))

    return judged


def two_functions(judge: Callable[[Any, Any], str | None]) -> Judge:
    """Decorate a judge of two functions: reject other answers, and functions that return `...`."""

    @wraps(judge)
    def judged(answer: Any) -> str | None:
        if not isinstance(answer, tuple | list) or not all(map(callable, answer)):
            return f"expected a tuple of two functions, got {answer!r}."
        if len(answer) != 2:
            return f"expected two functions, got {len(answer)}."
        return judge(*map(_completed, answer))

    return judged


def _completed(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that raises Unanswered if the given function returns `...`."""

    def call(*args: Any) -> Any:
        return answered(answer(*args))

    return call


def wrong_lr(
    net: Module, optimizer: Optimizer | MultipleOptimizer, expected: Callable[[str], float]
) -> str | None:
    """Return which parameter is in no param group or has an unexpected lr, or None.

    Args:
        net: network whose parameters the optimizer should hold.
        optimizer: optimizer to check.
        expected: returns the lr of a parameter, given its name.
    """
    lrs = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, p in net.named_parameters():
        if id(p) not in lrs:
            return say("{name} is in no param group, so it would never move.", name=name)
        if lrs[id(p)] != expected(name):
            return f"{name} has lr {lrs[id(p)]}, expected {expected(name)}."
    return None


def lrs_by_name(optimizer: Optimizer | MultipleOptimizer) -> dict[str, float]:
    """Return the current lr of each named param group."""
    groups = optimizer.param_groups
    return dict(zip((group["name"] for group in groups), learning_rates(groups), strict=True))


def first_difference(actual: Mapping[str, float], expected: Mapping[str, float]) -> str | None:
    """Return the first key whose value is not the expected one, or None.

    >>> first_difference({"conv": 0.05, "fc": 0.02}, {"conv": 0.05, "fc": 0.01})
    'fc'
    """
    wrong = (key for key in expected if not abs(actual[key] - expected[key]) <= 1e-12)
    return next(wrong, None)
