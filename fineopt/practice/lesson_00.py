"""Exercises of lesson 00: LeNet, the digits, and one learning rate for all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.parameter import Parameter
from ..core.tensor import Tensor
from .exercise import Exercise, number

__all__ = ["by_hand", "largest_lr", "loss_of_a_guess", "numbers_in_fc2"]

numbers_in_fc2 = Exercise(
    number(
        120 * 84 + 84,
        "how many numbers it learns",
        slips={
            120 * 84: "That is the weight; the bias comes on top.",
            120 * 84 + 120: "There is one bias for each output, not for each input.",
            120 + 84: "A weight joins every input with every output.",
        },
    ),
    hint="weight has the shape (84, 120), bias (84,).",
    solution="120 * 84 + 84",
    why="84 outputs, each with 120 weights and a bias: 10,164 numbers.",
)


def _guess(answer: Any) -> str | None:
    """Judge the loss of a guess among 100, to two decimals."""
    slips = {
        math.log(10): "That is the loss of a guess among 10.",
        2.0: "That is the logarithm to base 10; cross_entropy takes the natural one.",
        math.log2(100): "That is the logarithm to base 2; cross_entropy takes the natural one.",
        0.01: "That is the share of the right one; the loss is -log of it.",
        -math.log(100): "Mind the sign: log of 1/100 is negative, -log of it is not.",
    }
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return f"a number is asked for, not {answer!r}."
    if abs(answer - math.log(100)) <= 0.01:
        return None
    near = [why for slip, why in slips.items() if abs(answer - slip) <= 0.005]
    return " ".join([f"{answer} is not the loss of a guess among 100.", *near])


loss_of_a_guess = Exercise(
    _guess,
    hint="A guess gives each of the 100 a share of 1/100, and the loss is -log of the right share.",
    solution="4.61",
    why="-log(1/100) = log 100 = 4.61, as log 10 = 2.30 was for ten digits.",
)


def _by_hand(step: Any) -> Any:
    """Judge a step of SGD on parameters of its own."""
    if not callable(step):
        return f"a function of params and lr is asked for, not {step!r}."
    params = [Parameter([1.0, -2.0]), Parameter([[3.0]]), Parameter([5.0])]
    params[0].grad, params[1].grad = Tensor([10.0, 20.0]), Tensor([[-4.0]])
    if step(iter(params), 0.5) is ...:
        return ...  # not answered yet
    first, second, third = (p.numpy() for p in params)
    if np.array_equal(first, [1.0, -2.0]):
        return (
            "the parameters are where they were. `param = ...` gives a name another value; "
            "`param[...] = ...` changes the parameter itself."
        )
    if np.allclose(first, [6.0, 8.0]):
        return "they moved uphill: the step is minus lr times gradient."
    if np.allclose(first, [-9.0, -22.0]):
        return "they moved by the gradient alone: it is lr times gradient."
    if not np.allclose(first, [-4.0, -12.0]) or not np.allclose(second, [[5.0]]):
        return f"with lr 0.5, [1, -2] with gradient [10, 20] went to {first.tolist()}."
    if not np.array_equal(third, [5.0]):
        return "a parameter without gradient moved."
    return None


by_hand = Exercise(
    _by_hand,
    hint="Go through params, pass over those whose grad is None, and write into param[...].",
    solution=(
        "def sgd_step(params, lr):\n"
        "    for param in params:\n"
        "        if param.grad is not None:\n"
        "            param[...] = param - lr * param.grad"
    ),
    why="That is all of SGD without momentum.",
)

largest_lr = Exercise(
    number(
        0.2,
        "where it begins",
        slips={
            0.1: "There w lands right on the bottom, in one step: lr times c is 1.",
            2.0: "That is the limit of lr times c.",
            20.0: "Divide by c: the narrower the valley, the smaller the step.",
            0.5: "That is the limit for c = 4, as in the lesson.",
        },
    ),
    hint="A step turns w into (1 - lr c) w, and here c is 10. When is that as far from 0 as w?",
    solution="2 / 10",
    why="From lr c = 2 on, 1 - lr c is -1 or beyond: each step lands as far from the bottom, "
    "or farther, on the other side.",
)
