"""Exercises of lesson 02: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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


def moved(differs: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def what_moved(before: Any, net: Any) -> Any:
        return [name for name, p in net.named_parameters() if differs(p.numpy(), before[name])]

    return what_moved


def moved_lazily(before: Any, net: Any) -> Any:
    for name, p in net.named_parameters():
        if (p.numpy() != before[name]).any():
            yield name


def sgd(net: Any) -> Any:
    return optim.SGD(net.parameters(), lr=0.1)


def set_all(lr: float) -> Callable[..., None]:
    def plan(optimizer: Any, step: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = lr

    return plan


ANSWERS = [
    ("what_moved", moved(lambda a, b: not np.array_equal(a, b)), "Right"),
    ("what_moved", moved_lazily, "Right"),
    ("what_moved", moved(lambda a, b: not np.allclose(a, b, atol=1e-2)), "is not reported"),
    ("what_moved", moved(lambda a, b: not np.allclose(a, b)), "head.bias moved"),
    ("what_moved", moved(lambda a, b: True), "did not move, but is reported"),
    ("what_moved", lambda before, net: None, "should return the names"),
    ("what_moved", lambda before, net: "back.weight", "should return the names"),
    ("what_moved", lambda before, net: 2, "should return the names"),
    ("what_moved", lambda before, net: ..., "Not answered yet"),
    ("what_moved", {"back.weight"}, "expected a function"),
    ("decayed_lr", 0.012, "Right"),
    ("decayed_lr", 0.04 * (1 - 7 / 10), "Right"),
    ("decayed_lr", 0.06, "the first group's"),
    ("decayed_lr", 0.016, "the first epoch is epoch 0"),
    ("decayed_lr", 0.008, "the first epoch is epoch 0"),
    ("decayed_lr", 0.04, "its initial learning rate"),
    ("decayed_lr", "half", "expected a number"),
    ("hand_or_schedule", 0.012, "Right"),
    ("hand_or_schedule", 0.001, "until the release"),
    ("hand_or_schedule", 0.018, "the schedule has gone on"),
    ("hand_or_schedule", 0.03, "its initial rate"),
    ("hand_or_schedule", 0.0004, "not yours"),
    ("hand_or_schedule", None, "Not answered yet"),
    ("grown_momentum", 5.42, "Right"),
    ("grown_momentum", 0, "v accumulates gradients"),
    ("grown_momentum", 2, "after the first step"),
    ("grown_momentum", 3.8, "after two steps"),
    ("grown_momentum", 6, "v without decay"),
    ("grown_momentum", 6.878, "after four steps"),
    ("grown_momentum", ..., "Not answered yet"),
    ("no_leap_after", {"gm.detach(fc)", "clear fc's grads before step()"}, "Right"),
    ("no_leap_after", {"gm.detach(fc)"}, "look at \"clear fc's grads"),
    ("no_leap_after", {"lr = 0", "gm.detach(fc)"}, "look at 'lr = 0' again"),
    ("no_leap_after", {"lr=0"}, "'lr=0' is not among these"),
    ("no_leap_after", [["lr = 0"]], "is not among these"),
    ("no_leap_after", "lr = 0", "expected a set of strings"),
    ("best_schedule", (lambda net: None, lambda optimizer, step: None), "but returned NoneType"),
    ("best_schedule", (sgd, lambda optimizer: None), "raises TypeError"),
    ("best_schedule", (sgd, set_all(0.001)), "the score to beat"),
    ("best_schedule", sgd, "expected a tuple of two functions"),
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
    ("keeps_the_ratio", lambda optimizer: None, "raises"),
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
    ("one_group_falls", lambda o: optim.StepLR(o, 1, groups=["cnv"]), "raises"),
    ("one_group_falls", "ExponentialLR", "expected a function"),
]

test_answers = answers_test(lesson_02, ANSWERS)
test_solutions = solutions_test(lesson_02)
