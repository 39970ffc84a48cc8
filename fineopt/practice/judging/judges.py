"""Judges of answers, and the checks that exercises share."""

from __future__ import annotations

import functools
import math
import numbers
import reprlib
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np

from ...language import say
from ...module import Module
from ...optimizer import MultipleOptimizer, Optimizer
from ...optimizer.groups import learning_rates
from ..exercise import Judge, answered

__all__ = [
    "ROUNDING",
    "choice",
    "first_difference",
    "function",
    "lrs_by_name",
    "number",
    "shown",
    "two_functions",
    "value_of",
    "wrong_lr",
]

R = TypeVar("R")
ROUNDING = 1e-6  # relative; of numbers that were computed in float32


def number(
    right: float, what: str, *, slips: Mapping[float, str] | None = None, tolerance: float = 1e-9
) -> Judge:
    """Return a judge of numbers of any kind: Python's, NumPy's, and arrays of one number.

    Args:
        right: the correct number.
        what: description of the number, for the message.
        slips: common wrong numbers, and the mistakes that lead to them.
        tolerance: absolute tolerance for the correct number and for slips. A number in less
            precision than a Python float is compared in its own: 5.42 in float32 is 5.42.

    >>> number(5.0, "the ratio", slips={0.2: "This is its inverse."})(0.2)
    '0.2 is not the ratio. This is its inverse.'
    """

    def judge(answer: Any) -> str | None:
        value = value_of(answer)
        if value is None:
            return say("expected a number, got {answer}.", answer=shown(answer))
        rounding = _rounding(answer)

        def is_about(number: float) -> bool:
            return abs(value - number) <= max(tolerance, rounding * abs(number))

        if is_about(right):
            return None
        near = [say(why) for slip, why in (slips or {}).items() if is_about(slip)]
        return " ".join(
            [say("{answer} is not {what}.", answer=f"{value:.10g}", what=say(what)), *near]
        )

    return judge


def value_of(answer: Any) -> float | None:
    """Return a real number as a float, or None if the answer is not one.

    >>> import numpy as np
    >>> value_of(np.int64(5)), value_of(np.array(0.5)), value_of(True), value_of("5")
    (5.0, 0.5, None, None)
    """
    if not isinstance(answer, numbers.Real | Decimal) and callable(getattr(answer, "item", None)):
        try:
            answer = answer.item()  # of an array or a Tensor of one number
        except Exception:
            return None
    if isinstance(answer, bool) or not isinstance(answer, numbers.Real | Decimal):
        return None
    try:
        return float(answer)
    except OverflowError:
        return math.inf if answer > 0 else -math.inf  # type: ignore[operator]


def _rounding(answer: Any) -> float:
    """Return the relative error that the precision of an answer allows: float32's at least."""
    try:
        return max(float(np.finfo(answer.dtype).eps), ROUNDING)
    except (AttributeError, TypeError, ValueError):  # not of NumPy, or not of real numbers
        return ROUNDING


def choice(right: Collection[str], reasons: Mapping[str, str]) -> Judge:
    """Return a judge of a set of strings.

    Args:
        right: the strings that belong to the answer.
        reasons: all strings to choose from, and why each does or does not belong.

    >>> judge = choice({"a"}, {"a": "It is a vowel.", "b": "It is not."})
    >>> judge({"b"})
    "look at 'a' again. It is a vowel."
    """

    def judge(answer: Any) -> str | None:
        if isinstance(answer, str) or not isinstance(answer, Iterable):
            example = shown({next(iter(reasons))})
            return say(
                "expected a set of strings such as {example}, got {answer}.",
                example=example,
                answer=shown(answer),
            )
        given = list(answer)
        unknown = [each for each in given if not isinstance(each, str) or each not in reasons]
        if unknown:
            return say(
                "{unknown} is not among these; choose from {choices}.",
                unknown=shown(unknown[0]),
                choices=", ".join(map(repr, reasons)),
            )
        for each, why in reasons.items():
            if (each in given) != (each in right):
                return say("look at {choice} again. {why}", choice=repr(each), why=say(why))
        return None

    return judge


def function(judge: Callable[[Any], R]) -> Callable[[Any], R | str]:
    """Decorate a judge of functions: reject other answers, and functions that return `...`.

    >>> function(lambda double: None if double(2) == 4 else "2 should become 4.")(3)
    'expected a function, got 3.'
    """

    @functools.wraps(judge)
    def judged(answer: Any) -> R | str:
        if not callable(answer):
            return say("expected a function, got {answer}.", answer=shown(answer))
        return judge(_completed(answer))

    return judged


def two_functions(judge: Callable[[Any, Any], R]) -> Callable[[Any], R | str]:
    """Decorate a judge of two functions: reject other answers, and functions that return `...`."""

    @functools.wraps(judge)
    def judged(answer: Any) -> R | str:
        if not isinstance(answer, tuple | list) or not all(map(callable, answer)):
            return say("expected a tuple of two functions, got {answer}.", answer=shown(answer))
        if len(answer) != 2:
            return say("expected two functions, got {count}.", count=len(answer))
        return judge(*map(_completed, answer))

    return judged


def _completed(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that raises Unanswered if the given function returns `...`."""

    def call(*args: Any) -> Any:
        return answered(answer(*args))

    return call


def shown(answer: Any) -> str:
    """Return the repr of an answer, shortened.

    >>> shown([1, 2]), len(shown("word " * 1000)) < 100
    ('[1, 2]', True)
    """
    short = reprlib.Repr()
    short.maxstring = short.maxother = 80
    return short.repr(answer)


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
        if not math.isclose(lrs[id(p)], expected(name), rel_tol=ROUNDING):
            return say(
                "{name} has lr {lr:.4g}, expected {expected:.4g}.",
                name=name,
                lr=float(lrs[id(p)]),
                expected=expected(name),
            )
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
    close = functools.partial(math.isclose, rel_tol=ROUNDING, abs_tol=1e-12)
    return next((key for key in expected if not close(actual[key], expected[key])), None)
