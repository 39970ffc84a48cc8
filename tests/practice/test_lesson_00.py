"""Exercises of lesson 00: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fineopt.practice import lesson_00
from tests.practice.checks import answers_test, solutions_test


def sgd(sign: float = -1.0, scaled: bool = True, junk: float = 0.0) -> Callable[..., Any]:
    def step(params: Any, lr: float) -> None:
        for param in params:
            if param.grad is not None:
                param[...] = param + sign * (lr if scaled else 1.0) * param.grad + junk

    return step


def rebinds(params: Any, lr: float) -> None:
    for param in params:
        if param.grad is not None:
            param = param - lr * param.grad


def moves_all(params: Any, lr: float) -> None:
    for param in params:
        param[...] = param - lr * (1.0 if param.grad is None else param.grad)


ANSWERS = [
    ("numbers_in_fc2", 10164, "Right"),
    ("numbers_in_fc2", 10080, "add the bias"),
    ("numbers_in_fc2", 10200, "not per input"),
    ("numbers_in_fc2", 204, "connects every input"),
    ("numbers_in_fc2", [84, 120], "expected a number"),
    ("numbers_in_fc2", ..., "Not answered yet"),
    ("loss_of_a_guess", 4.6, "Right"),
    ("loss_of_a_guess", math.log(100), "Right"),
    ("loss_of_a_guess", 2.3, "a guess among 10."),
    ("loss_of_a_guess", 2, "the base-10 logarithm"),
    ("loss_of_a_guess", 6.64, "the base-2 logarithm"),
    ("loss_of_a_guess", 0.01, "the probability of the correct class"),
    ("loss_of_a_guess", -4.605, "Check the sign"),
    ("loss_of_a_guess", math.nan, "is not the loss"),
    ("loss_of_a_guess", "4.6", "expected a number"),
    ("by_hand", sgd(), "Right"),
    ("by_hand", sgd(sign=1.0), "uphill"),
    ("by_hand", sgd(scaled=False), "by the gradient itself"),
    ("by_hand", sgd(junk=1.0), "became"),
    ("by_hand", rebinds, "did not change"),
    ("by_hand", moves_all, "without a gradient moved"),
    ("by_hand", lambda params, lr: ..., "Not answered yet"),
    ("by_hand", lambda params: None, "raised"),
    ("by_hand", 0.5, "expected a function"),
    ("largest_lr", 0.2, "Right"),
    ("largest_lr", 0.1, "reaches the minimum in one step"),
    ("largest_lr", 2, "the limit for lr times c"),
    ("largest_lr", 20, "Divide by c"),
    ("largest_lr", 0.5, "as in the lesson"),
    ("largest_lr", False, "expected a number"),
]

test_answers = answers_test(lesson_00, ANSWERS)
test_solutions = solutions_test(lesson_00)
