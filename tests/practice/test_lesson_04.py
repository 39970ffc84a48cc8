"""Exercises of lesson 04: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fineopt import optimizer as optim
from fineopt.autodiff import GradManager
from fineopt.module import BatchNorm2d
from fineopt.practice import lesson_04
from tests.practice.checks import answers_test, solutions_test


def only(
    *, held: bool = True, attached: bool = True, lr: float = 0.05, swap: bool = False
) -> Callable[..., Any]:
    """Return a function that puts the named parameters, or all, in the optimizer and gm."""

    def build(net: Any, word: str) -> Any:
        named = [p for name, p in net.named_parameters() if word in name]
        every = list(net.parameters())
        made = (
            optim.SGD(named if held else every, lr=lr),
            GradManager().attach(named if attached else every),
        )
        return made[::-1] if swap else made

    return build


def exhausted(net: Any, word: str) -> Any:
    named = (p for name, p in net.named_parameters() if word in name)
    return optim.SGD(named, lr=0.05), GradManager().attach(named)


def norms(how: Callable[[Any], None], deep: bool = True) -> Callable[[Any], None]:
    def freeze(net: Any) -> None:
        for module in net.modules() if deep else net.children():
            if isinstance(module, BatchNorm2d):
                how(module)

    return freeze


def frozen(module: Any) -> None:
    module.freeze = True


def set_eval(module: Any) -> None:
    module.eval()


def no_train(net: Any) -> None:
    net.eval()
    net.train = lambda mode=True: net


def only_for_word(word: str) -> Callable[..., Any]:
    return lambda net: only()(net, word)


ANSWERS = [
    ("which_sum", -0.85, "Right"),
    ("which_sum", 0.7 - 1.9 + 0.35, "Right"),
    ("which_sum", 0.35, "the last mini-batch's"),
    ("which_sum", -1.2, "counts too"),
    ("which_sum", 0, "before the mini-batches"),
    ("which_sum", 0.7, "added"),
    ("which_sum", "None", "expected a number"),
    ("wasted_gradients", {"lr 0", "not in the optimizer", "grad None"}, "Right"),
    ("wasted_gradients", ["grad None", "lr 0", "not in the optimizer"], "Right"),
    ("wasted_gradients", {"lr 0"}, "look at 'not in the optimizer' again"),
    ("wasted_gradients", {"not in the optimizer", "grad None"}, "look at 'lr 0' again"),
    ("wasted_gradients", {"lr 0", "not attached"}, "look at 'not attached' again"),
    (
        "wasted_gradients",
        {"lr 0", "not in the optimizer", "grad None", "grad 0"},
        "look at 'grad 0' again",
    ),
    ("wasted_gradients", {"lr zero"}, "'lr zero' is not among these"),
    ("wasted_gradients", {"lr 0", 0}, "0 is not among these"),
    ("wasted_gradients", "lr 0", "expected a set of strings"),
    ("wasted_gradients", 2, "expected a set of strings"),
    ("wasted_gradients", [["lr 0"]], "is not among these"),
    ("wasted_gradients", ..., "Not answered yet"),
    ("move_without_gradient", 0.12, "Right"),
    ("move_without_gradient", 0, "without momentum"),
    ("move_without_gradient", 0.15, "the first step"),
    ("move_without_gradient", 2.4, "That is v"),
    ("move_without_gradient", 0.27, "second gradient of 3"),
    ("move_without_gradient", None, "Not answered yet"),
    ("best_within_budget", only_for_word(""), "calls 23 VJPs, but may call 20"),
    ("best_within_budget", only_for_word("classifer"), "the score to beat"),
    ("best_within_budget", lambda net: (optim.SGD(net.parameters(), lr=0.1), 3), "but gm is 3"),
    ("best_within_budget", "conv", "expected a function"),
    ("only_some", only(), "Right"),
    ("only_some", only(held=False), "classifer.bias is in the optimizer"),
    ("only_some", only(attached=False), "classifer.bias is attached"),
    ("only_some", only(lr=0.5), "the lr is 0.5"),
    (
        "only_some",
        only(swap=True),
        "should return SGD and GradManager, but returned GradManager and SGD",
    ),
    ("only_some", lambda net, word: only()(net, "conv"), "for 'fc', "),
    ("only_some", exhausted, "raises"),
    ("only_some", lambda net, word: None, "should return (optimizer, gm)"),
    ("only_some", lambda net, word: ..., "Not answered yet"),
    ("only_some", "conv", "expected a function"),
    ("norms_stand_still", norms(frozen), "Right"),
    ("norms_stand_still", norms(set_eval), "undoes eval()"),
    ("norms_stand_still", norms(frozen, deep=False), "a nested module"),
    ("norms_stand_still", no_train, "no longer sets training mode"),
    ("norms_stand_still", lambda net: None, "in training mode"),
    ("norms_stand_still", lambda net: ..., "Not answered yet"),
    ("norms_stand_still", lambda: None, "raises"),
    ("norms_stand_still", True, "expected a function"),
]

test_answers = answers_test(lesson_04, ANSWERS)
test_solutions = solutions_test(lesson_04)
