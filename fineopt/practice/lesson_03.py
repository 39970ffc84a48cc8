"""Exercises of lesson 03: a different optimizer for each group of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..models import LeNet
from ..optimizer import SGD, Adam, MultipleOptimizer, Optimizer
from .exercise import Exercise, number

__all__ = ["accumulate", "biases_by_adam", "first_step_of_adam", "steps_of_conv"]

first_step_of_adam = Exercise(
    number(
        0.01,
        "how far Adam goes",
        slips={
            1.0: "That is SGD: lr times gradient. Adam divides by the gradient's size.",
            100.0: "That is the gradient.",
            0.0001: "Adam divides by the gradient's size, once.",
        },
    ),
    hint="See the table in the lesson: how far did Adam go for a gradient of 0.24, and of 0.02?",
    solution="0.01",
    why="In its first step Adam goes its learning rate far, whatever the gradient's size.",
)

steps_of_conv = Exercise(
    number(
        124,
        "how often conv has stepped",
        slips={
            248: "That is fc.",
            31: "That is one epoch.",
            62: "That is two epochs.",
            496: "Every second one is half as many, not twice as many.",
        },
    ),
    hint="How many mini-batches are there in all? conv steps at half of them.",
    solution="4 * 62 // 2",
    why="248 mini-batches, and a step at every second one: 31 an epoch.",
)


def _biases(build: Any) -> Any:
    """Judge a function from a network to several optimizers, on a network of its own."""
    if not callable(build):
        return f"a function from a network to an optimizer is asked for, not {build!r}."
    net = LeNet()
    optimizer = build(net)
    if optimizer is ...:
        return optimizer  # not answered yet
    if isinstance(optimizer, list | tuple):
        return "one optimizer is asked for: give them to optim.MultipleOptimizer, one by one."
    if not isinstance(optimizer, Optimizer | MultipleOptimizer):
        return f"the function returns {optimizer!r}: let it return an optimizer."
    found = {}
    for i, group in enumerate(optimizer.param_groups):
        for p in group["params"]:
            found[id(p)] = type(optimizer.optimizer_of(i)), group["lr"]
    for name, p in net.named_parameters():
        kind, lr = (Adam, 0.001) if name.endswith("bias") else (SGD, 0.05)
        if id(p) not in found:
            return f"{name} is in no optimizer: it would never move."
        if found[id(p)][0] is not kind:
            return (
                f"{name} is moved by {found[id(p)][0].__name__}, and should be by {kind.__name__}."
            )
        if found[id(p)][1] != lr:
            return f"{name} has lr {found[id(p)][1]}, and should have {lr}."
    return None


biases_by_adam = Exercise(
    _biases,
    hint="Sort the parameters into two lists, by name.endswith('bias'), and give "
    "optim.MultipleOptimizer an optimizer for each.",
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def biases_apart(net):\n"
        "    biases = [p for name, p in net.named_parameters() if name.endswith('bias')]\n"
        "    others = [p for name, p in net.named_parameters() if not name.endswith('bias')]\n"
        "    return optim.MultipleOptimizer(\n"
        "        optim.Adam(biases, lr=0.001), optim.SGD(others, lr=0.05)\n"
        "    )"
    ),
    why="Which parameter goes to which optimizer is yours to say; the loop does not change.",
)


def _accumulated(step: Any) -> Any:
    """Judge a step by the mean of several gradients, twice in a row."""
    if not callable(step):
        return f"a function of optimizer, backward and batches is asked for, not {step!r}."
    p = Parameter([0.0])
    optimizer = SGD([p], lr=1.0)

    def backward(batch: float) -> None:
        g = Tensor([float(batch)])
        p.grad = g if p.grad is None else p.grad + g

    if step(optimizer, backward, [3.0, 6.0, 12.0]) is ...:
        return ...  # not answered yet
    moved = -p.item()
    if not np.isclose(moved, 7.0):
        what = f"for gradients 3, 6 and 12 it moved by {moved:.4g} at lr 1"
        known = {
            0.0: "did the optimizer step?",
            21.0: "that is their sum.",
            12.0: "that is the last one: clear before the first mini-batch only.",
            4.0: "that is the last one, divided: clear before the first mini-batch only.",
            3.0: "that is the first one alone.",
        }
        near = [why for value, why in known.items() if np.isclose(moved, value)]
        return f"{what}, and their mean is 7; {' '.join(near)}".strip("; ")
    step(optimizer, backward, [1.0, 3.0])
    if not np.isclose(-p.item(), 9.0):
        return (
            f"the first step was right; the second, for gradients 1 and 3, moved by "
            f"{-p.item() - 7:.4g}, and their mean is 2. Clear what the step before left."
        )
    return None


accumulate = Exercise(
    _accumulated,
    hint="Clear once; backward for each mini-batch; divide each parameter's grad by their number; "
    "step once.",
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
    why="Gradients add up until they are cleared; divided by their number they are a large "
    "batch's.",
)
