"""Exercises of lesson 00: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fineopt.optimizer import SGD
from fineopt.practice import lesson_00
from fineopt.training import train_func
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


def second_is_wrong(params: Any, lr: float) -> None:
    for number, param in enumerate(params):
        if param.grad is not None:
            param[...] = param - lr * param.grad * (2 if number == 1 else 1)


def epoch(clear: bool = True, step: bool = True, result: str = "mean") -> Callable[..., Any]:
    def train(net: Any, optimizer: Any, gm: Any, dataloader: Any) -> Any:
        losses = []
        for data, label in dataloader:
            if clear:
                optimizer.clear_grad()
            losses.append(train_func(data, label, net, gm)[1].item())
            if step:
                optimizer.step()
        return {"mean": sum(losses) / len(losses), "sum": sum(losses), "all": losses}[result]

    return train


ANSWERS = [
    ("inputs_of_fc1", 784, "Right"),
    ("inputs_of_fc1", 400, "32 × 32"),
    ("inputs_of_fc1", 49, "one channel"),
    ("inputs_of_fc1", 25600, "makes it smaller"),
    ("inputs_of_fc1", 5184, "come after the first pooling"),
    ("inputs_of_fc1", 1600, "remove 4 rows"),
    ("inputs_of_fc1", (16, 7, 7), "expected a number"),
    ("one_epoch", epoch(), "Right"),
    ("one_epoch", epoch(result="sum"), "the mean loss is"),
    ("one_epoch", epoch(result="all"), "should return the mean loss"),
    ("one_epoch", epoch(clear=False), "its own mini-batch only"),
    ("one_epoch", epoch(step=False), "call optimizer.step()"),
    ("one_epoch", lambda *_: ..., "Not answered yet"),
    ("one_epoch", lambda net: None, "raises TypeError"),
    ("one_epoch", "loop", "expected a function"),
    ("read_curves", {"A": "too large", "B": "too small", "C": "about right"}, "Right"),
    ("read_curves", {"A": "Too large", "B": "TOO SMALL", "C": " about right"}, "Right"),
    ("read_curves", {"A": "太大", "B": "太小", "C": "合适"}, "Right"),
    ("read_curves", {"A": "too small", "B": "too large", "C": "about right"}, "curve A again"),
    ("read_curves", {"A": "too large", "B": "about right", "C": "about right"}, "curve B again"),
    ("read_curves", {"A": "too large", "B": "too small", "C": "too small"}, "curve C again"),
    ("read_curves", {"A": "too large"}, "curve B is missing"),
    ("read_curves", {"A": "huge"}, "choose from"),
    ("read_curves", {"A": ["too large"]}, "choose from"),
    ("read_curves", ["too large"], "expected a dict"),
    ("read_curves", ..., "Not answered yet"),
    ("by_hand", second_is_wrong, "[[3]] with gradient [[-4]] became [[7.0]], expected [[5.0]]"),
    ("best_rate", lambda net: SGD(net.parameters(), lr=0.1), "Right"),
    ("best_rate", lambda net: SGD(net.parameters(), lr=0.001), "the score to beat is 92.0%"),
    ("best_rate", lambda net: 0.1, "but returned float"),
    ("best_rate", lambda net: None, "but returned NoneType"),
    ("best_rate", lambda net: ..., "Not answered yet"),
    ("best_rate", 0.1, "expected a function"),
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
    ("by_hand", lambda params: None, "raises TypeError"),
    ("by_hand", 0.5, "expected a function"),
    ("largest_lr", 0.125, "Right"),
    ("largest_lr", 1 / 16, "reaches the minimum in one step"),
    ("largest_lr", 2, "the limit for lr times c"),
    ("largest_lr", 32, "Divide by c"),
    ("largest_lr", 0.5, "as in the lesson"),
    ("largest_lr", False, "expected a number"),
]

test_answers = answers_test(lesson_00, ANSWERS)
test_solutions = solutions_test(lesson_00)
