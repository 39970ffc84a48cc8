"""Exercises of lesson 03: a different optimizer for each group of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..models import LeNet
from ..optimizer import SGD, Adam, MultipleOptimizer, Optimizer
from .exercise import Exercise
from .judges import function, number, wrong_lr

__all__ = ["accumulate", "biases_by_adam", "first_step_of_adam", "steps_of_conv"]

first_step_of_adam = Exercise(
    number(
        0.01,
        "the length of Adam's step",
        slips={
            1.0: "That is SGD: lr times the gradient. Adam divides by the gradient's magnitude.",
            100.0: "That is the gradient.",
            0.0001: "Adam divides by the gradient's magnitude only once.",
        },
    ),
    hint="See the table in the lesson: how far did Adam move for a gradient of 0.24, and for one "
    "of 0.02?",
    solution="0.01",
    why="Adam's first step has the length of its learning rate, whatever the gradient's magnitude.",
)

steps_of_conv = Exercise(
    number(
        124,
        "the number of conv's steps",
        slips={
            248: "That is the number of fc's steps.",
            31: "That is one epoch.",
            62: "That is two epochs.",
            496: "Every second mini-batch means half as many steps, not twice as many.",
        },
    ),
    hint="How many mini-batches are there in total? conv steps on half of them.",
    solution="4 * 62 // 2",
    why="There are 248 mini-batches, and conv steps on every second one: 31 per epoch.",
)


@function
def _biases(build: Any) -> str | None:
    net = LeNet()
    optimizer = build(net)
    if isinstance(optimizer, list | tuple):
        return "expected one optimizer: pass them to optim.MultipleOptimizer."
    if not isinstance(optimizer, Optimizer | MultipleOptimizer):
        return f"the function should return an optimizer, but returned {optimizer!r}."
    kinds = {
        id(p): type(optimizer.optimizer_of(i))
        for i, group in enumerate(optimizer.param_groups)
        for p in group["params"]
    }
    for name, p in net.named_parameters():
        kind, expected = kinds.get(id(p)), Adam if name.endswith("bias") else SGD
        if kind and kind is not expected:
            return f"{name} is updated by {kind.__name__}, expected {expected.__name__}."
    return wrong_lr(net, optimizer, lambda name: 0.001 if name.endswith("bias") else 0.05)


biases_by_adam = Exercise(
    _biases,
    hint="Split the parameters into two lists by name.endswith('bias'), and pass an optimizer for "
    "each list to optim.MultipleOptimizer.",
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def biases_apart(net):\n"
        "    biases = [p for name, p in net.named_parameters() if name.endswith('bias')]\n"
        "    others = [p for name, p in net.named_parameters() if not name.endswith('bias')]\n"
        "    return optim.MultipleOptimizer(\n"
        "        optim.Adam(biases, lr=0.001), optim.SGD(others, lr=0.05)\n"
        "    )"
    ),
    why="You choose the optimizer of each parameter; the training loop does not change.",
)

MISTAKES = {
    0.0: "Call optimizer.step().",
    21.0: "That is the sum of the gradients.",
    12.0: "That is the last gradient: clear only before the first mini-batch.",
    4.0: "That is the last gradient, divided: clear only before the first mini-batch.",
    3.0: "That is the first gradient.",
}


@function
def _accumulated(step: Any) -> str | None:
    p = Parameter([0.0])
    optimizer = SGD([p], lr=1.0)

    def backward(batch: float) -> None:
        g = Tensor([float(batch)])
        p.grad = g if p.grad is None else p.grad + g

    step(optimizer, backward, [3.0, 6.0, 12.0])
    moved = 0.0 - p.item()
    if not np.isclose(moved, 7.0):
        near = [why for value, why in MISTAKES.items() if np.isclose(moved, value)]
        found = f"for gradients 3, 6 and 12, whose mean is 7, the step at lr 1 is {moved:.4g}."
        return " ".join([found, *near])
    step(optimizer, backward, [1.0, 3.0])
    if not np.isclose(-p.item(), 9.0):
        return (
            "the first step is right, but the second one, for gradients 1 and 3, whose mean is 2, "
            f"is {-p.item() - 7:.4g}. Clear the gradients of the previous step."
        )
    return None


accumulate = Exercise(
    _accumulated,
    hint="Clear the gradients once, call backward for each mini-batch, divide each parameter's "
    "grad by the number of mini-batches, and step once.",
    solution=(
        "def accumulated_step(optimizer, backward, batches):\n"
        "    optimizer.clear_grad()\n"
        "    for batch in batches:\n"
        "        backward(batch)\n"
        "    for param in optimizer.parameters():\n"
        "        if param.grad is not None:\n"
        "            param.grad = param.grad / len(batches)\n"
        "    optimizer.step()"
    ),
    why="Gradients accumulate until they are cleared. Their sum divided by the number of "
    "mini-batches is the gradient of one large batch.",
)
