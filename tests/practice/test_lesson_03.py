"""Exercises of lesson 03: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fineopt import optimizer as optim
from fineopt.practice import lesson_03
from tests.practice.checks import answers_test, solutions_test


class Small:
    """The class of the lesson."""

    def __init__(self, *opts: Any, clears: bool) -> None:
        self.opts, self.clears = opts, clears

    def clear_grad(self) -> None:
        for opt in self.opts if self.clears else ():
            opt.clear_grad()

    def step(self) -> None:
        for opt in self.opts:
            opt.step()


def biases(
    *,
    adam_lr: float = 0.001,
    swap: bool = False,
    drop: str = "",
    pair: bool = False,
    small_class: bool = False,
    clears: bool = True,
) -> Callable[..., Any]:
    def build(net: Any) -> Any:
        named = [(name, p) for name, p in net.named_parameters() if name != drop]
        own = [p for name, p in named if name.endswith("bias") is not swap]
        others = [p for name, p in named if name.endswith("bias") is swap]
        opts = optim.Adam(own, lr=adam_lr), optim.SGD(others, lr=0.05)
        if small_class:
            return Small(*opts, clears=clears)
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
    ("same_first_step", 0.075, "Right"),
    ("same_first_step", 0.003, "0.04 times as far"),
    ("same_first_step", 0.00012, "how far SGD moves"),
    ("same_first_step", 0.04 / 0.003, "not the other way round"),
    ("same_first_step", "far", "expected a number"),
    ("needed_by", {"param_groups", "state_dict", "load_state_dict"}, "Right"),
    ("needed_by", {"param_groups", "state_dict"}, "look at 'load_state_dict' again"),
    ("needed_by", {"step", "param_groups"}, "look at 'step' again"),
    ("needed_by", set(), "look at 'param_groups' again"),
    ("needed_by", 3, "expected a set of strings"),
    ("steps_of_conv", 80, "Right"),
    ("steps_of_conv", 240, "the number of fc's steps"),
    ("steps_of_conv", 16, "one epoch"),
    ("steps_of_conv", 120, "every second"),
    ("steps_of_conv", 720, "a third as many"),
    ("steps_of_conv", ..., "Not answered yet"),
    ("biases_by_adam", biases(), "Right"),
    ("biases_by_adam", biases(small_class=True), "Right"),
    ("biases_by_adam", biases(adam_lr=0.01), "moves by 0.01, expected 0.001"),
    ("biases_by_adam", biases(swap=True), "moves as by SGD(0.05), expected Adam(0.001)"),
    ("biases_by_adam", biases(drop="fc1.bias"), "fc1.bias does not move"),
    ("biases_by_adam", biases(small_class=True, clears=False), "clear_grad() leaves the gradient"),
    ("biases_by_adam", biases(pair=True), "expected one optimizer"),
    ("biases_by_adam", lambda net: optim.SGD(net.parameters(), lr=0.05), "as by SGD(0.05)"),
    ("biases_by_adam", lambda net: None, "NoneType has no clear_grad()"),
    ("biases_by_adam", lambda net: ..., "Not answered yet"),
    ("biases_by_adam", lambda: 1, "raises TypeError"),
    ("biases_by_adam", "Adam", "expected a function"),
    ("best_optimizers", biases(small_class=True), "returned Small"),
    ("best_optimizers", lambda net: optim.Adam(net.parameters(), lr=1e-5), "the score to beat"),
    ("accumulate", step(), "Right"),
    ("accumulate", step(divide=False), "the sum of the gradients"),
    ("accumulate", step(clear="each"), "the last gradient, divided"),
    ("accumulate", step(clear="each", divide=False), "the last gradient: clear"),
    ("accumulate", step(clear="never"), "Clear the gradients of the previous step"),
    ("accumulate", step(last=False), "Call optimizer.step()"),
    ("accumulate", first_alone, "the first gradient"),
    ("accumulate", lambda *_: None, "Call optimizer.step()"),
    ("accumulate", lambda *_: ..., "Not answered yet"),
    ("accumulate", lambda: None, "raises"),
    ("accumulate", 7, "expected a function"),
]

test_answers = answers_test(lesson_03, ANSWERS)
test_solutions = solutions_test(lesson_03)
