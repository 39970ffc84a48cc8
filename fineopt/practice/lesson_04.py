"""Exercises of lesson 04: freezing parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.autodiff import GradManager
from ..core.tensor import Tensor
from ..language import say, translatable
from ..models import LeNet
from ..module import BatchNorm2d, Conv2d, ReLU, Sequential
from ..optimizer import SGD
from .exercise import Exercise
from .judging.judges import choice, function, number, shown
from .judging.two_epochs import score
from .open_task import OpenTask
from .progress import progress_of

__all__ = [  # in the order of the lesson  # noqa: RUF022
    "only_some",
    "which_sum",
    "move_without_gradient",
    "wasted_gradients",
    "norms_stand_still",
    "best_within_budget",
    "progress",
]

BUDGET = 20  # VJPs of a step; 23 train everything


@function
def _only(build: Any) -> str | None:
    for word in ("fc", "conv1"):
        net = LeNet()
        made = build(net, word)
        if not isinstance(made, tuple | list) or len(made) != 2:
            return say(
                "the function should return (optimizer, gm), but returned {answer}.",
                answer=shown(made),
            )
        optimizer, gm = made
        if not isinstance(optimizer, SGD) or not isinstance(gm, GradManager):
            return say(
                "the function should return SGD and GradManager, but returned {first} and "
                "{second}.",
                first=type(optimizer).__name__,
                second=type(gm).__name__,
            )
        held = {id(p) for p in optimizer.parameters()}
        attached = {id(x) for x in gm.attached_tensors()}
        for name, p in net.named_parameters():
            if wrong := _misplaced(word, name, id(p) in held, id(p) in attached):
                return wrong
        if not np.isclose(optimizer.param_groups[0]["lr"], 0.05):
            return say("the lr is {lr:.4g}, expected 0.05.", lr=optimizer.param_groups[0]["lr"])
    return None


def _misplaced(word: str, name: str, held: bool, attached: bool) -> str | None:
    wanted = word in name
    if held != wanted:
        return say(
            "for {word}, {name} is in the optimizer."
            if held
            else "for {word}, {name} is not in the optimizer.",
            word=repr(word),
            name=name,
        )
    if attached != wanted:
        return say(
            "for {word}, {name} is attached."
            if attached
            else "for {word}, {name} is not attached.",
            word=repr(word),
            name=name,
        )
    return None


only_some = Exercise(
    _only,
    goal=1,
    asks=translatable(
        "Return an optimizer (SGD at 0.05) and a GradManager for only those parameters of a "
        "network whose names contain a given word."
    ),
    hint=translatable(
        "Both take the same parameters. A generator can be iterated over only once: what does a "
        "second reader of it get?"
    ),
    solution=(
        "import fineopt.optimizer as optim\n"
        "from fineopt.autodiff import GradManager\n\n"
        "def train_only(net, word):\n"
        "    trained = [param for name, param in net.named_parameters() if word in name]\n"
        "    return optim.SGD(trained, lr=0.05), GradManager().attach(trained)"
    ),
    why=translatable(
        "No gradients are computed for the other parameters, and no optimizer holds them."
    ),
)

which_sum = Exercise(
    number(
        -0.85,
        translatable("the sum that is printed"),
        slips={
            0.35: translatable(
                "That is the last mini-batch's. It would be printed if each mini-batch began by "
                "clearing."
            ),
            0.0: translatable("clear_grad() is called before the mini-batches, not after them."),
            -1.2: translatable("The last mini-batch counts too."),
            0.7: translatable("Gradients are added to those that are there."),
        },
    ),
    goal=2,
    asks=translatable(
        "An epoch has three mini-batches, whose gradients of a parameter sum to 0.7, −1.9 and 0.35 "
        "(at lr 0). clear_grad() is called once, before the first. What does param.grad.sum() "
        "print after the epoch?"
    ),
    hint=translatable("What does backward do with a gradient that is there already?"),
    solution="0.7 - 1.9 + 0.35",
    why=translatable(
        "Uncleared gradients add up to the epoch's sum. The tutorial's loop clears before each "
        "mini-batch, so it prints the last one's."
    ),
)

move_without_gradient = Exercise(
    number(
        0.12,
        translatable("the length of the second step"),
        slips={
            0.0: translatable("That would be right without momentum, or for a gradient of None."),
            0.15: translatable("That is the first step; v has since decayed to 0.8 of its value."),
            2.4: translatable("That is v; the step is lr times v."),
            0.27: translatable("That would be right for a second gradient of 3."),
        },
    ),
    goal=3,
    asks=translatable(
        "SGD has momentum 0.8 and lr 0.05. The first gradient is 3, the second is 0. How far does "
        "the parameter move in the second step?"
    ),
    hint=translatable("What is v after each of the two steps, and how does the step use it?"),
    solution="0.05 * (0.8 * 3 + 0)",
    why=translatable("v is 3, then 0.8 × 3 + 0 = 2.4, and 0.05 times 2.4 is 0.12."),
)

wasted_gradients = Exercise(
    choice(
        {"lr 0", "not in the optimizer", "grad None"},
        {
            "lr 0": translatable("At lr 0 the gradient is computed, and moves nothing."),
            "not attached": translatable(
                "What is not attached gets no gradient: nothing is wasted."
            ),
            "not in the optimizer": translatable(
                "It is still attached, so its gradient is computed; nobody uses it."
            ),
            "grad None": translatable("The gradient is computed, and then thrown away."),
            "grad 0": translatable(
                "The parameter still moves, by its momentum, so it is not frozen."
            ),
        },
    ),
    goal=4,
    asks=translatable(
        "Which of the five ways stop the parameter, but still pay for its gradient at every step? "
        "Give a set of names from the table, such as {{'grad 0'}}."
    ),
    hint=translatable("Two columns of the table together: one says what moves, one what it costs."),
    solution='{"lr 0", "not in the optimizer", "grad None"}',
    why=translatable("Only what is not attached costs nothing."),
)


@function
def _norms(freeze: Any) -> str | None:
    net = Sequential(Conv2d(1, 2, 3), BatchNorm2d(2), Sequential(ReLU(), BatchNorm2d(2)))
    freeze(net)
    before = net.state_dict()
    net.train()  # as train_func does in each step
    net(Tensor(np.random.RandomState(0).normal(size=(4, 1, 5, 5))))
    for name, now in net.state_dict().items():
        if not np.array_equal(now, before[name]):
            return say(
                "{name} changed by {change:.2g} in training mode. (net.train() in each step undoes "
                "eval(), and a BatchNorm2d may be in a nested module.)",
                name=name,
                change=float(np.abs(now - before[name]).max()),
            )
    if any(not module.training for module in net.modules()):
        return say("the statistics do not change, but net.train() no longer sets training mode.")
    return None


norms_stand_still = Exercise(
    _norms,
    goal=4,
    asks=translatable(
        "Keep the statistics of every BatchNorm2d in a network from changing, even in training "
        "mode. net.modules() yields all modules of the network."
    ),
    hint=translatable("Which attribute of the lesson's norm survived net.train()?"),
    solution=(
        "from fineopt.module import BatchNorm2d\n\n"
        "def freeze_norms(net):\n"
        "    for module in net.modules():\n"
        "        if isinstance(module, BatchNorm2d):\n"
        "            module.freeze = True"
    ),
    why=translatable("train() does not change freeze, but it undoes eval()."),
)


@function
def _within_budget(build: Any) -> float | str:
    return score(build, most_vjps=BUDGET)


best_within_budget = OpenTask(
    _within_budget,
    beat=0.92,
    asks=translatable(
        "Open task: a step may call 20 VJPs (training everything calls 23). Return an optimizer "
        "and a GradManager; the score is the share of the test digits that are right after two "
        "epochs."
    ),
    hint=translatable("Which parameters does the network miss least? Count with count_vjps."),
    solution=(
        "import fineopt.optimizer as optim\n"
        "from fineopt.autodiff import GradManager\n\n"
        "def my_choice(net):\n"
        "    trained = [p for name, p in net.named_parameters() if 'bias' not in name]\n"
        "    return optim.SGD(trained, lr=0.1), GradManager().attach(trained)"
    ),
    why=translatable(
        "The biases are few numbers, and the network hardly misses them; their VJPs are not called."
    ),
)

progress = progress_of(__name__)
