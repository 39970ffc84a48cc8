"""Exercises of lesson 02: right answers, several wrong ones, and junk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fineopt import optimizer as optim
from fineopt.practice import Exercise, lesson_02
from tests.practice.solving import exercises, solve


def decay(to: Callable[[float, float, float], float]) -> Callable[..., None]:
    """Write to(lr now, base lr, share of epochs that are done) into each group."""

    def body(optimizer: Any, base_lrs: Any, epoch: int, total_epochs: int) -> None:
        for group, base_lr in zip(optimizer.param_groups, base_lrs, strict=True):
            group["lr"] = to(group["lr"], base_lr, epoch / total_epochs)

    return body


def first_group_alone(optimizer: Any, base_lrs: Any, epoch: int, total_epochs: int) -> None:
    optimizer.param_groups[0]["lr"] = base_lrs[0] * (1 - epoch / total_epochs)


def two_functions(optimizer: Any) -> Any:
    return optim.LambdaLR(optimizer, [lambda epoch: 0.5**epoch, lambda epoch: 1.0])


ANSWERS = [
    (lesson_02.decayed_lr, 0.005, "Right"),
    (lesson_02.decayed_lr, 0.01 * (1 - 5 / 10), "Right"),
    (lesson_02.decayed_lr, 0.025, "the first group's"),
    (lesson_02.decayed_lr, 0.006, "the first one is epoch 0"),
    (lesson_02.decayed_lr, 0.004, "the first one is epoch 0"),
    (lesson_02.decayed_lr, 0.01, "where it starts"),
    (lesson_02.decayed_lr, "half", "a number is asked for"),
    (lesson_02.grown_momentum, 2.71, "Right"),
    (lesson_02.grown_momentum, 0, "which go on"),
    (lesson_02.grown_momentum, 1, "after the first step"),
    (lesson_02.grown_momentum, 1.9, "after two steps"),
    (lesson_02.grown_momentum, 3, "without forgetting"),
    (lesson_02.grown_momentum, 3.439, "after four steps"),
    (lesson_02.grown_momentum, ..., "Not answered yet"),
    (lesson_02.keeps_the_ratio, decay(lambda lr, base, done: base * (1 - done)), "Right"),
    (lesson_02.keeps_the_ratio, decay(lambda lr, base, done: 0.08 * (1 - done)), "ratio is gone"),
    (lesson_02.keeps_the_ratio, decay(lambda lr, base, done: lr * (1 - done)), "already"),
    (lesson_02.keeps_the_ratio, decay(lambda lr, base, done: base * (1 + done)), "should be at"),
    (lesson_02.keeps_the_ratio, decay(lambda lr, base, done: base), "should be at"),
    (lesson_02.keeps_the_ratio, first_group_alone, "should be at"),
    (lesson_02.keeps_the_ratio, lambda *_: ..., "Not answered yet"),
    (lesson_02.keeps_the_ratio, lambda optimizer: None, "can't be used"),
    (lesson_02.keeps_the_ratio, [0.05, 0.01], "a function"),
    (lesson_02.one_group_falls, lambda o: optim.StepLR(o, 1, 0.5, groups=["conv"]), "Right"),
    (lesson_02.one_group_falls, two_functions, "Right"),
    (lesson_02.one_group_falls, lambda o: optim.ExponentialLR(o, 0.5), "fc is at 0.005"),
    (
        lesson_02.one_group_falls,
        lambda o: optim.ExponentialLR(o, 0.1, groups=["conv"]),
        "conv is at 0.008",
    ),
    (lesson_02.one_group_falls, lambda o: o, "let it return a schedule"),
    (lesson_02.one_group_falls, lambda o: None, "let it return a schedule"),
    (lesson_02.one_group_falls, lambda o: ..., "Not answered yet"),
    (lesson_02.one_group_falls, lambda o: optim.StepLR(o, 1, groups=["cnv"]), "can't be used"),
    (lesson_02.one_group_falls, "ExponentialLR", "a function"),
]


@pytest.mark.parametrize(("exercise", "answer", "says"), ANSWERS)
def test_check_tells_right_from_wrong_and_why(
    exercise: Exercise, answer: Any, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise.check(answer)
    assert says in capsys.readouterr().out
    assert exercise.solved == (says == "Right")


@pytest.mark.parametrize("exercise", exercises(lesson_02))
def test_the_solution_is_right(exercise: Exercise) -> None:
    solve(exercise)
    assert exercise.solved
