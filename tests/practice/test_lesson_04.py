"""Exercises of lesson 04: right answers, several wrong ones, and junk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fineopt import optimizer as optim
from fineopt.autodiff import GradManager
from fineopt.module import BatchNorm2d
from fineopt.practice import Exercise, lesson_04
from tests.practice.solving import exercises, solve


def only(
    *, held: bool = True, attached: bool = True, lr: float = 0.05, swap: bool = False
) -> Callable[..., Any]:
    """Hold and attach only what is wanted, or all."""

    def build(net: Any, word: str) -> Any:
        wanted = [p for name, p in net.named_parameters() if word in name]
        every = list(net.parameters())
        made = (
            optim.SGD(wanted if held else every, lr=lr),
            GradManager().attach(wanted if attached else every),
        )
        return made[::-1] if swap else made

    return build


def exhausted(net: Any, word: str) -> Any:
    wanted = (p for name, p in net.named_parameters() if word in name)
    return optim.SGD(wanted, lr=0.05), GradManager().attach(wanted)


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


ANSWERS = [
    (lesson_04.momentum_goes_on, {"lr 0", "grad 0"}, "Right"),
    (lesson_04.momentum_goes_on, ["grad 0", "lr 0"], "Right"),
    (lesson_04.momentum_goes_on, {"lr 0"}, "look at 'grad 0' again"),
    (lesson_04.momentum_goes_on, {"grad 0"}, "look at 'lr 0' again"),
    (lesson_04.momentum_goes_on, {"lr 0", "grad 0", "grad None"}, "look at 'grad None' again"),
    (lesson_04.momentum_goes_on, set(), "look at 'lr 0' again"),
    (lesson_04.momentum_goes_on, {"lr zero"}, "'lr zero' is not in the table"),
    (lesson_04.momentum_goes_on, {"lr 0", 0}, "'0' is not in the table"),
    (lesson_04.momentum_goes_on, "lr 0", "a set of words"),
    (lesson_04.momentum_goes_on, 2, "a set of words"),
    (lesson_04.momentum_goes_on, [["lr 0"]], "can't be used"),
    (lesson_04.momentum_goes_on, ..., "Not answered yet"),
    (lesson_04.move_without_gradient, 0.09, "Right"),
    (lesson_04.move_without_gradient, 0, "without momentum"),
    (lesson_04.move_without_gradient, 0.1, "the first step"),
    (lesson_04.move_without_gradient, 0.9, "That is v"),
    (lesson_04.move_without_gradient, 0.19, "second gradient of 1"),
    (lesson_04.move_without_gradient, None, "Not answered yet"),
    (lesson_04.only_some, only(), "Right"),
    (lesson_04.only_some, only(held=False), "classifer.bias is in the optimizer"),
    (lesson_04.only_some, only(attached=False), "classifer.bias is attached"),
    (lesson_04.only_some, only(lr=0.5), "the lr is 0.5"),
    (lesson_04.only_some, only(swap=True), "in this order"),
    (lesson_04.only_some, lambda net, word: only()(net, "conv"), "for 'fc'"),
    (lesson_04.only_some, exhausted, "can't be used"),
    (lesson_04.only_some, lambda net, word: None, "two things"),
    (lesson_04.only_some, lambda net, word: ..., "Not answered yet"),
    (lesson_04.only_some, "conv", "a function"),
    (lesson_04.norms_stand_still, norms(frozen), "Right"),
    (lesson_04.norms_stand_still, norms(set_eval), "undoes eval()"),
    (lesson_04.norms_stand_still, norms(frozen, deep=False), "a module within"),
    (lesson_04.norms_stand_still, no_train, "can't be put into training mode"),
    (lesson_04.norms_stand_still, lambda net: None, "has moved"),
    (lesson_04.norms_stand_still, lambda net: ..., "Not answered yet"),
    (lesson_04.norms_stand_still, lambda: None, "can't be used"),
    (lesson_04.norms_stand_still, True, "a function"),
]


@pytest.mark.parametrize(("exercise", "answer", "says"), ANSWERS)
def test_check_tells_right_from_wrong_and_why(
    exercise: Exercise, answer: Any, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise.check(answer)
    assert says in capsys.readouterr().out
    assert exercise.solved == (says == "Right")


@pytest.mark.parametrize("exercise", exercises(lesson_04))
def test_the_solution_is_right(exercise: Exercise) -> None:
    solve(exercise)
    assert exercise.solved
