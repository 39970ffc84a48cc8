"""Exercises of lesson 03: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fineopt import optimizer as optim
from fineopt.practice import lesson_03
from tests.practice.checks import answers_test, solutions_test


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
    ("first_step_of_adam", 0.01, "Right"),
    ("first_step_of_adam", 1, "That is SGD"),
    ("first_step_of_adam", 100, "the gradient"),
    ("first_step_of_adam", 0.0001, "once"),
    ("first_step_of_adam", "far", "expected a number"),
    ("steps_of_conv", 124, "Right"),
    ("steps_of_conv", 248, "the number of fc's steps"),
    ("steps_of_conv", 31, "one epoch"),
    ("steps_of_conv", 62, "two epochs"),
    ("steps_of_conv", 496, "half as many"),
    ("steps_of_conv", ..., "Not answered yet"),
    ("biases_by_adam", biases(), "Right"),
    ("biases_by_adam", biases(adam_lr=0.01), "has lr 0.01, expected 0.001"),
    ("biases_by_adam", biases(swap=True), "is updated by SGD, expected Adam"),
    ("biases_by_adam", biases(drop="fc1.bias"), "fc1.bias is in no param group"),
    ("biases_by_adam", biases(pair=True), "expected one optimizer"),
    ("biases_by_adam", lambda net: optim.SGD(net.parameters(), lr=0.05), "updated by SGD"),
    ("biases_by_adam", lambda net: None, "should return an optimizer"),
    ("biases_by_adam", lambda net: ..., "Not answered yet"),
    ("biases_by_adam", lambda: 1, "raised"),
    ("biases_by_adam", "Adam", "expected a function"),
    ("accumulate", step(), "Right"),
    ("accumulate", step(divide=False), "the sum of the gradients"),
    ("accumulate", step(clear="each"), "the last gradient, divided"),
    ("accumulate", step(clear="each", divide=False), "the last gradient: clear"),
    ("accumulate", step(clear="never"), "Clear the gradients of the previous step"),
    ("accumulate", step(last=False), "Call optimizer.step()"),
    ("accumulate", first_alone, "the first gradient"),
    ("accumulate", lambda *_: None, "Call optimizer.step()"),
    ("accumulate", lambda *_: ..., "Not answered yet"),
    ("accumulate", lambda: None, "raised"),
    ("accumulate", 7, "expected a function"),
]

test_answers = answers_test(lesson_03, ANSWERS)
test_solutions = solutions_test(lesson_03)
