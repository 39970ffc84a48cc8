"""Exercises of lesson 00: LeNet, the digits, and one learning rate for all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.parameter import Parameter
from ..core.tensor import Tensor
from .exercise import Exercise
from .judges import function, number

__all__ = ["by_hand", "largest_lr", "loss_of_a_guess", "numbers_in_fc2"]

numbers_in_fc2 = Exercise(
    number(
        120 * 84 + 84,
        "the number of scalar parameters",
        slips={
            120 * 84: "That is the weight alone; add the bias.",
            120 * 84 + 120: "There is one bias per output, not per input.",
            120 + 84: "The weight connects every input to every output.",
        },
    ),
    hint="weight has shape (84, 120), and bias has shape (84,).",
    solution="120 * 84 + 84",
    why="Each of the 84 outputs has 120 weights and a bias: 10,164 numbers.",
)

loss_of_a_guess = Exercise(
    number(
        math.log(100),
        "the loss of a uniform guess among 100 classes",
        slips={
            math.log(10): "That is the loss of a guess among 10.",
            2.0: "That is the base-10 logarithm; cross_entropy uses the natural logarithm.",
            math.log2(100): "That is the base-2 logarithm; cross_entropy uses the natural "
            "logarithm.",
            0.01: "That is the probability of the correct class; the loss is its negative "
            "logarithm.",
            -math.log(100): "Check the sign: log(1/100) is negative, and the loss is -log(1/100).",
        },
        tolerance=0.006,  # accepts 4.6 as well as 4.61
    ),
    hint="A guess assigns each of the 100 classes a probability of 1/100. The loss is -log of the "
    "correct class's probability.",
    solution="4.61",
    why="-log(1/100) = log 100 = 4.61, just as log 10 = 2.30 for ten digits.",
)


@function
def _by_hand(step: Any) -> str | None:
    params = [Parameter([1.0, -2.0]), Parameter([[3.0]]), Parameter([5.0])]
    params[0].grad, params[1].grad = Tensor([10.0, 20.0]), Tensor([[-4.0]])
    step(iter(params), 0.5)
    first, second, third = (p.numpy() for p in params)
    if np.array_equal(first, [1.0, -2.0]):
        return (
            "the parameters did not change. `param = ...` only rebinds the name; "
            "`param[...] = ...` modifies the parameter in place."
        )
    if np.allclose(first, [6.0, 8.0]):
        return "the parameters moved uphill: subtract lr times the gradient."
    if np.allclose(first, [-9.0, -22.0]):
        return "the parameters moved by the gradient itself: multiply it by lr."
    if not np.allclose(first, [-4.0, -12.0]) or not np.allclose(second, [[5.0]]):
        return f"at lr 0.5, [1, -2] with gradient [10, 20] became {first.tolist()}."
    if not np.array_equal(third, [5.0]):
        return "a parameter without a gradient moved."
    return None


by_hand = Exercise(
    _by_hand,
    hint="Loop over params, skip those whose grad is None, and assign to param[...].",
    solution=(
        "def sgd_step(params, lr):\n"
        "    for param in params:\n"
        "        if param.grad is not None:\n"
        "            param[...] = param - lr * param.grad"
    ),
    why="This is all of SGD without momentum.",
)

largest_lr = Exercise(
    number(
        0.2,
        "the smallest such learning rate",
        slips={
            0.1: "There w reaches the minimum in one step: lr times c is 1.",
            2.0: "That is the limit for lr times c.",
            20.0: "Divide by c: the narrower the valley, the smaller the step must be.",
            0.5: "That is the limit for c = 4, as in the lesson.",
        },
    ),
    hint="A step turns w into (1 - lr c) w, with c = 10. When is that as far from 0 as w?",
    solution="2 / 10",
    why="If lr c is at least 2, then 1 - lr c is at most -1: each step lands on the other side of "
    "the minimum, at least as far away.",
)
