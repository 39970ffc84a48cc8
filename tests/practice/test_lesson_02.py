"""Exercises of lesson 02: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fineopt import optimizer as optim
from fineopt.practice import lesson_02
from tests.practice.checks import answers_test, solutions_test


def decay(to: Callable[[float, float, float], float]) -> Callable[..., None]:
    """Return a loop body that sets each lr to `to(lr, base_lr, fraction of epochs completed)`."""

    def body(optimizer: Any, base_lrs: Any, epoch: int, total_epochs: int) -> None:
        for group, base_lr in zip(optimizer.param_groups, base_lrs, strict=True):
            group["lr"] = to(group["lr"], base_lr, epoch / total_epochs)

    return body


def first_group_alone(optimizer: Any, base_lrs: Any, epoch: int, total_epochs: int) -> None:
    optimizer.param_groups[0]["lr"] = base_lrs[0] * (1 - epoch / total_epochs)


def two_functions(optimizer: Any) -> Any:
    return optim.LambdaLR(optimizer, [lambda epoch: 0.5**epoch, lambda epoch: 1.0])


ANSWERS = [
    ("decayed_lr", 0.005, "Right"),
    ("decayed_lr", 0.01 * (1 - 5 / 10), "Right"),
    ("decayed_lr", 0.025, "the first group's"),
    ("decayed_lr", 0.006, "the first epoch is epoch 0"),
    ("decayed_lr", 0.004, "the first epoch is epoch 0"),
    ("decayed_lr", 0.01, "its initial learning rate"),
    ("decayed_lr", "half", "expected a number"),
    ("grown_momentum", 2.71, "Right"),
    ("grown_momentum", 0, "v accumulates gradients"),
    ("grown_momentum", 1, "after the first step"),
    ("grown_momentum", 1.9, "after two steps"),
    ("grown_momentum", 3, "v without decay"),
    ("grown_momentum", 3.439, "after four steps"),
    ("grown_momentum", ..., "Not answered yet"),
    ("keeps_the_ratio", decay(lambda lr, base, done: base * (1 - done)), "Right"),
    (
        "keeps_the_ratio",
        decay(lambda lr, base, done: 0.08 * (1 - done)),
        "the ratio between the groups is lost",
    ),
    ("keeps_the_ratio", decay(lambda lr, base, done: lr * (1 - done)), "already"),
    ("keeps_the_ratio", decay(lambda lr, base, done: base * (1 + done)), "expected ["),
    ("keeps_the_ratio", decay(lambda lr, base, done: base), "expected ["),
    ("keeps_the_ratio", first_group_alone, "expected ["),
    ("keeps_the_ratio", lambda *_: ..., "Not answered yet"),
    ("keeps_the_ratio", lambda optimizer: None, "raised"),
    ("keeps_the_ratio", [0.05, 0.01], "expected a function"),
    ("one_group_falls", lambda o: optim.StepLR(o, 1, 0.5, groups=["conv"]), "Right"),
    ("one_group_falls", two_functions, "Right"),
    ("one_group_falls", lambda o: optim.ExponentialLR(o, 0.5), "fc has lr 0.005, expected 0.01"),
    (
        "one_group_falls",
        lambda o: optim.ExponentialLR(o, 0.1, groups=["conv"]),
        "conv has lr 0.008, expected 0.04",
    ),
    ("one_group_falls", lambda o: o, "should return a schedule"),
    ("one_group_falls", lambda o: None, "should return a schedule"),
    ("one_group_falls", lambda o: ..., "Not answered yet"),
    ("one_group_falls", lambda o: optim.StepLR(o, 1, groups=["cnv"]), "raised"),
    ("one_group_falls", "ExponentialLR", "expected a function"),
]

test_answers = answers_test(lesson_02, ANSWERS)
test_solutions = solutions_test(lesson_02)
