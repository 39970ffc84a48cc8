"""Exercises of lesson 03: right answers, several wrong ones, and junk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fineopt import optimizer as optim
from fineopt.practice import Exercise, lesson_03
from tests.practice.solving import exercises, solve


def biases(
    *, adam_lr: float = 0.001, swap: bool = False, drop: str = "", pair: bool = False
) -> Callable[..., Any]:
    def build(net: Any) -> Any:
        named = [(name, p) for name, p in net.named_parameters() if name != drop]
        own = [p for name, p in named if name.endswith("bias") is not swap]
        others = [p for name, p in named if name.endswith("bias") is swap]
        opts = optim.Adam(own, lr=adam_lr), optim.SGD(others, lr=0.05)
        return opts if pair else optim.MultipleOptimizer(*opts)

    return build


def step(*, clear: str = "once", divide: bool = True, last: bool = True) -> Callable[..., None]:
    def accumulated(optimizer: Any, backward: Any, batches: Any) -> None:
        if clear == "once":
            optimizer.clear_grad()
        for batch in batches:
            if clear == "each":
                optimizer.clear_grad()
            backward(batch)
        for param in optimizer.parameters():
            param.grad = param.grad / len(batches) if divide else param.grad
        if last:
            optimizer.step()

    return accumulated


def first_alone(optimizer: Any, backward: Any, batches: Any) -> None:
    optimizer.clear_grad()
    backward(batches[0])
    optimizer.step()


ANSWERS = [
    (lesson_03.first_step_of_adam, 0.01, "Right"),
    (lesson_03.first_step_of_adam, 1, "That is SGD"),
    (lesson_03.first_step_of_adam, 100, "the gradient"),
    (lesson_03.first_step_of_adam, 0.0001, "once"),
    (lesson_03.first_step_of_adam, "far", "a number is asked for"),
    (lesson_03.steps_of_conv, 124, "Right"),
    (lesson_03.steps_of_conv, 248, "That is fc"),
    (lesson_03.steps_of_conv, 31, "one epoch"),
    (lesson_03.steps_of_conv, 62, "two epochs"),
    (lesson_03.steps_of_conv, 496, "half as many"),
    (lesson_03.steps_of_conv, ..., "Not answered yet"),
    (lesson_03.biases_by_adam, biases(), "Right"),
    (lesson_03.biases_by_adam, biases(adam_lr=0.01), "has lr 0.01, and should have 0.001"),
    (lesson_03.biases_by_adam, biases(swap=True), "is moved by SGD, and should be by Adam"),
    (lesson_03.biases_by_adam, biases(drop="fc1.bias"), "fc1.bias is in no optimizer"),
    (lesson_03.biases_by_adam, biases(pair=True), "one optimizer is asked for"),
    (lesson_03.biases_by_adam, lambda net: optim.SGD(net.parameters(), lr=0.05), "by SGD"),
    (lesson_03.biases_by_adam, lambda net: None, "let it return an optimizer"),
    (lesson_03.biases_by_adam, lambda net: ..., "Not answered yet"),
    (lesson_03.biases_by_adam, lambda: 1, "can't be used"),
    (lesson_03.biases_by_adam, "Adam", "a function"),
    (lesson_03.accumulate, step(), "Right"),
    (lesson_03.accumulate, step(divide=False), "that is their sum"),
    (lesson_03.accumulate, step(clear="each"), "that is the last one, divided"),
    (lesson_03.accumulate, step(clear="each", divide=False), "that is the last one: clear"),
    (lesson_03.accumulate, step(clear="never"), "Clear what the step before left"),
    (lesson_03.accumulate, step(last=False), "did the optimizer step?"),
    (lesson_03.accumulate, first_alone, "the first one alone"),
    (lesson_03.accumulate, lambda *_: None, "did the optimizer step?"),
    (lesson_03.accumulate, lambda *_: ..., "Not answered yet"),
    (lesson_03.accumulate, lambda: None, "can't be used"),
    (lesson_03.accumulate, 7, "a function"),
]


@pytest.mark.parametrize(("exercise", "answer", "says"), ANSWERS)
def test_check_tells_right_from_wrong_and_why(
    exercise: Exercise, answer: Any, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise.check(answer)
    assert says in capsys.readouterr().out
    assert exercise.solved == (says == "Right")


@pytest.mark.parametrize("exercise", exercises(lesson_03))
def test_the_solution_is_right(exercise: Exercise) -> None:
    solve(exercise)
    assert exercise.solved
