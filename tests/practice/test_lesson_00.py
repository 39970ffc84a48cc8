"""Exercises of lesson 00: right answers, several wrong ones, and junk."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from fineopt.practice import Exercise, lesson_00
from tests.practice.solving import exercises, solve


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
    (lesson_00.numbers_in_fc2, 10164, "Right"),
    (lesson_00.numbers_in_fc2, 10080, "the bias comes on top"),
    (lesson_00.numbers_in_fc2, 10200, "not for each input"),
    (lesson_00.numbers_in_fc2, 204, "joins every input"),
    (lesson_00.numbers_in_fc2, [84, 120], "a number is asked for"),
    (lesson_00.numbers_in_fc2, ..., "Not answered yet"),
    (lesson_00.loss_of_a_guess, 4.6, "Right"),
    (lesson_00.loss_of_a_guess, math.log(100), "Right"),
    (lesson_00.loss_of_a_guess, 2.3, "a guess among 10."),
    (lesson_00.loss_of_a_guess, 2, "to base 10"),
    (lesson_00.loss_of_a_guess, 6.64, "to base 2"),
    (lesson_00.loss_of_a_guess, 0.01, "the share"),
    (lesson_00.loss_of_a_guess, -4.605, "the sign"),
    (lesson_00.loss_of_a_guess, math.nan, "is not the loss"),
    (lesson_00.loss_of_a_guess, "4.6", "a number is asked for"),
    (lesson_00.by_hand, sgd(), "Right"),
    (lesson_00.by_hand, sgd(sign=1.0), "uphill"),
    (lesson_00.by_hand, sgd(scaled=False), "by the gradient alone"),
    (lesson_00.by_hand, sgd(junk=1.0), "went to"),
    (lesson_00.by_hand, rebinds, "where they were"),
    (lesson_00.by_hand, moves_all, "without gradient moved"),
    (lesson_00.by_hand, lambda params, lr: ..., "Not answered yet"),
    (lesson_00.by_hand, lambda params: None, "can't be used"),
    (lesson_00.by_hand, 0.5, "a function"),
    (lesson_00.largest_lr, 0.2, "Right"),
    (lesson_00.largest_lr, 0.1, "right on the bottom"),
    (lesson_00.largest_lr, 2, "the limit of lr times c"),
    (lesson_00.largest_lr, 20, "Divide by c"),
    (lesson_00.largest_lr, 0.5, "as in the lesson"),
    (lesson_00.largest_lr, False, "a number is asked for"),
]


@pytest.mark.parametrize(("exercise", "answer", "says"), ANSWERS)
def test_check_tells_right_from_wrong_and_why(
    exercise: Exercise, answer: Any, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise.check(answer)
    assert says in capsys.readouterr().out
    assert exercise.solved == (says == "Right")


@pytest.mark.parametrize("exercise", exercises(lesson_00))
def test_the_solution_is_right(exercise: Exercise) -> None:
    solve(exercise)
    assert exercise.solved
