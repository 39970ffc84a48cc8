"""Exercises of lesson 03: a different optimizer for each group of parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..language import say, translatable
from ..models import LeNet
from ..module import Module
from ..optimizer import SGD
from .exercise import Exercise
from .judging.judges import choice, function, number
from .judging.two_epochs import score
from .open_task import OpenTask
from .progress import progress_of

__all__ = [  # in the order of the lesson  # noqa: RUF022
    "biases_by_adam",
    "same_first_step",
    "needed_by",
    "steps_of_conv",
    "accumulate",
    "best_optimizers",
    "progress",
]

BIAS_LR, OTHER_LR = 0.001, 0.05


@function
def _biases(build: Any) -> str | None:
    net = LeNet()
    optimizer = build(net)
    if isinstance(optimizer, list | tuple):
        return say("expected one optimizer: combine them with a MultipleOptimizer.")
    lacking = [m for m in ("clear_grad", "step") if not callable(getattr(optimizer, m, None))]
    if lacking:
        return say(
            "the function should return an optimizer, but {made} has no {method}().",
            made=type(optimizer).__name__,
            method=lacking[0],
        )
    return _judge_steps(net, optimizer)


def _judge_steps(net: Module, optimizer: Any) -> str | None:
    """Judge by what moves, so that any class will do, the lesson's small one too."""
    grads = {name: np.full(p.shape, 4.0) for name, p in net.named_parameters()}
    for name, p in net.named_parameters():
        p.grad = Tensor(grads[name])
    before = {name: p.numpy() for name, p in net.named_parameters()}
    optimizer.step()
    for name, p in net.named_parameters():
        moved = float(np.abs(p.numpy() - before[name]).max())
        bias = name.endswith("bias")
        right, other = (BIAS_LR, 4 * OTHER_LR) if bias else (4 * OTHER_LR, BIAS_LR)
        kind = f"Adam({BIAS_LR})" if bias else f"SGD({OTHER_LR})"
        if moved == 0:
            return say("{name} does not move: no optimizer has it.", name=name)
        if np.isclose(moved, other, rtol=0.01):
            wrong = f"SGD({OTHER_LR})" if bias else f"Adam({BIAS_LR})"
            return say(
                "{name} moves as by {wrong}, expected {kind}.", name=name, wrong=wrong, kind=kind
            )
        if not np.isclose(moved, right, rtol=0.01):
            return say(
                "{name} with gradient 4 moves by {moved:.4g}, expected {right:.4g}, as by {kind}.",
                name=name,
                moved=moved,
                right=right,
                kind=kind,
            )
    optimizer.clear_grad()
    if kept := [name for name, p in net.named_parameters() if p.grad is not None]:
        return say("clear_grad() leaves the gradient of {name}.", name=kept[0])
    return None


biases_by_adam = Exercise(
    _biases,
    goal=1,
    asks=translatable(
        "Return one optimizer for a network: Adam at 0.001 for every parameter whose name ends in "
        "bias, SGD at 0.05 for the others."
    ),
    hint=translatable("Two lists, two optimizers, and the class of this lesson to combine them."),
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def biases_apart(net):\n"
        "    biases = [p for name, p in net.named_parameters() if name.endswith('bias')]\n"
        "    others = [p for name, p in net.named_parameters() if not name.endswith('bias')]\n"
        "    return optim.MultipleOptimizer(\n"
        "        optim.Adam(biases, lr=0.001), optim.SGD(others, lr=0.05)\n"
        "    )"
    ),
    why=translatable(
        "You choose the optimizer of each parameter; the training loop stays the same."
    ),
)

same_first_step = Exercise(
    number(
        0.075,
        translatable("SGD's learning rate"),
        slips={
            0.003: translatable("At equal learning rates SGD would move it 0.04 times as far."),
            0.00012: translatable("That is how far SGD moves it at lr 0.003."),
            13.333333333: translatable(
                "Divide Adam's step by the gradient, not the other way round."
            ),
        },
        tolerance=1e-6,
    ),
    goal=2,
    asks=translatable(
        "A parameter's first gradient is 0.04. Adam has lr 0.003. At which lr would SGD move it as "
        "far in this first step?"
    ),
    hint=translatable("How long is Adam's first step, whatever the gradient? And SGD's?"),
    solution="0.003 / 0.04",
    why=translatable(
        "Adam's first step has the length of its lr, 0.003; SGD's is lr × 0.04. For another "
        "gradient the answer is another: the two numbers do not compare."
    ),
)

needed_by = Exercise(
    choice(
        {"param_groups", "state_dict", "load_state_dict"},
        {
            "step": translatable("The loop needs it, and the small class has it."),
            "clear_grad": translatable("The loop needs it, and the small class has it."),
            "param_groups": translatable("A schedule reads and writes the learning rates there."),
            "state_dict": translatable("A checkpoint saves momentum and averages from it."),
            "load_state_dict": translatable("A saved state has to come back, too."),
            "backward": translatable("The GradManager has it, not the optimizer."),
            "lr": translatable("Each group has its own; one for all would lose their ratio."),
        },
    ),
    goal=3,
    asks=translatable(
        "What does the small class lack for schedules and checkpoints? Give a set of 'step', "
        "'clear_grad', 'param_groups', 'state_dict', 'load_state_dict', 'backward', 'lr'."
    ),
    hint=translatable("Saving is half of a checkpoint."),
    solution='{"param_groups", "state_dict", "load_state_dict"}',
    why=translatable("optim.MultipleOptimizer adds these three, keyed by parameter names."),
)

steps_of_conv = Exercise(
    number(
        80,
        translatable("the number of conv's steps"),
        slips={
            240: translatable("That is the number of fc's steps."),
            16: translatable("That is one epoch."),
            120: translatable("That would be every second mini-batch."),
            720: translatable("Every third mini-batch means a third as many steps."),
        },
    ),
    goal=4,
    asks=translatable(
        "A run has five epochs of 48 mini-batches. fc steps at every mini-batch, conv at every "
        "third one. How many steps does conv take?"
    ),
    hint=translatable("How many mini-batches are there in total?"),
    solution="5 * 48 // 3",
    why=translatable("Of 240 mini-batches conv uses every third for a step: 16 per epoch."),
)

MISTAKES = {
    0.0: translatable("Call optimizer.step()."),
    21.0: translatable("That is the sum of the gradients."),
    12.0: translatable("That is the last gradient: clear only before the first mini-batch."),
    4.0: translatable(
        "That is the last gradient, divided: clear only before the first mini-batch."
    ),
    3.0: translatable("That is the first gradient."),
}


@function
def _accumulated(step: Callable[..., Any]) -> str | None:
    p = Parameter([0.0])
    optimizer = SGD([p], lr=1.0)

    def backward(batch: float) -> None:
        g = Tensor([float(batch)])
        p.grad = g if p.grad is None else p.grad + g

    step(optimizer, backward, [3.0, 6.0, 12.0])
    moved = 0.0 - p.item()
    if not np.isclose(moved, 7.0):
        near = [say(why) for value, why in MISTAKES.items() if np.isclose(moved, value)]
        found = say(
            "for gradients 3, 6 and 12, whose mean is 7, the step at lr 1 is {moved:.4g}.",
            moved=moved,
        )
        return " ".join([found, *near])
    step(optimizer, backward, [1.0, 3.0])
    if not np.isclose(-p.item(), 9.0):
        return say(
            "the first step is right, but the second one, for gradients 1 and 3, whose mean is 2, "
            "is {moved:.4g}. Clear the gradients of the previous step.",
            moved=-p.item() - 7,
        )
    return None


accumulate = Exercise(
    _accumulated,
    goal=4,
    asks=translatable(
        "Take one step with the mean of the gradients of several mini-batches. backward(batch) "
        "computes the gradients of one mini-batch and adds them to the existing ones."
    ),
    hint=translatable(
        "After all calls of backward, grad is a sum. What turns it into a mean? When is the one "
        "moment to clear?"
    ),
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
    why=translatable(
        "Gradients accumulate until they are cleared. Their sum divided by the number of "
        "mini-batches is the gradient of one large batch."
    ),
)

best_optimizers = OpenTask(
    function(score),
    beat=0.937,
    asks=translatable(
        "Open task: choose an optimizer and a learning rate for each group. The score is the share "
        "of the test digits that are right after two epochs."
    ),
    hint=translatable("Adam at 0.01 is rather fast for the fully connected layers."),
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def my_optimizers(net):\n"
        "    conv = [p for name, p in net.named_parameters() if 'conv' in name]\n"
        "    fc = [p for name, p in net.named_parameters() if 'conv' not in name]\n"
        "    return optim.MultipleOptimizer(optim.SGD(conv, lr=0.1), optim.Adam(fc, lr=0.003))"
    ),
    why=translatable("Each optimizer needs its own search for a learning rate."),
)

progress = progress_of(__name__)
