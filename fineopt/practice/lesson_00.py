"""Exercises of lesson 00: LeNet, the digits, and one learning rate for all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.autodiff import GradManager
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..language import say, translatable
from ..optimizer import SGD
from ..training import train_func
from .curves import read_curves
from .exercise import Exercise
from .judging.judges import function, number, value_of
from .judging.two_epochs import score
from .open_task import OpenTask
from .progress import progress_of
from .small import batch, fresh

__all__ = [  # in the order of the lesson  # noqa: RUF022
    "inputs_of_fc1",
    "numbers_in_fc2",
    "by_hand",
    "one_epoch",
    "loss_of_a_guess",
    "read_curves",
    "largest_lr",
    "best_rate",
    "progress",
]

inputs_of_fc1 = Exercise(
    number(
        16 * 7 * 7,
        translatable("the number of fc1's inputs"),
        slips={
            400: translatable("That is fc1 for images of 32 × 32."),
            49: translatable("That is one channel of pool2's output; it has 16."),
            16 * 40 * 40: translatable("Each 5 × 5 convolution and each pooling makes it smaller."),
            16 * 18 * 18: translatable("conv2 and pool2 come after the first pooling."),
            16 * 10 * 10: translatable("Convolutions without padding remove 4 rows and columns."),
        },
    ),
    goal=1,
    asks=translatable(
        "LeNet gets images of 40 × 40 instead of 32 × 32. How many inputs does fc1 then need?"
    ),
    hint=translatable(
        "Follow one side of the image through conv1, pool1, conv2 and pool2. How many channels "
        "leave pool2?"
    ),
    solution="16 * 7 * 7",
    why=translatable(
        "One side is 40, 36, 18, 14 and then 7; 16 channels of 7 × 7 are 784 numbers."
    ),
)

numbers_in_fc2 = Exercise(
    number(
        120 * 84 + 84,
        translatable("the number of scalar parameters"),
        slips={
            120 * 84: translatable("That is the weight alone; add the bias."),
            120 * 84 + 120: translatable("There is one bias per output, not per input."),
            120 + 84: translatable("The weight connects every input to every output."),
        },
    ),
    goal=1,
    asks=translatable(
        "How many scalar parameters does a Linear(120, 84) have, including its bias?"
    ),
    hint=translatable("What are the shapes of its weight and of its bias?"),
    solution="120 * 84 + 84",
    why=translatable("Each of the 84 outputs has 120 weights and a bias: 10,164 numbers."),
)


@function
def _by_hand(step: Any) -> str | None:
    params = [Parameter([1.0, -2.0]), Parameter([[3.0]]), Parameter([5.0])]
    params[0].grad, params[1].grad = Tensor([10.0, 20.0]), Tensor([[-4.0]])
    step(iter(params), 0.5)
    first, second, third = (p.numpy() for p in params)
    if np.array_equal(first, [1.0, -2.0]) and np.array_equal(second, [[3.0]]):
        return say(
            "the parameters did not change. `param = ...` only rebinds the name; "
            "`param[...] = ...` modifies the parameter in place."
        )
    if np.allclose(first, [6.0, 8.0]):
        return say("the parameters moved uphill: subtract lr times the gradient.")
    if np.allclose(first, [-9.0, -22.0]):
        return say("the parameters moved by the gradient itself: multiply it by lr.")
    for p, grad, expected in ((first, [10, 20], [-4.0, -12.0]), (second, [[-4]], [[5.0]])):
        if not np.allclose(p, expected):
            start = [1, -2] if p is first else [[3]]
            return say(
                "at lr 0.5, {start} with gradient {grad} became {found}, expected {expected}.",
                start=start,
                grad=grad,
                found=np.round(p, 4).tolist(),
                expected=expected,
            )
    if not np.array_equal(third, [5.0]):
        return say("a parameter without a gradient moved.")
    return None


by_hand = Exercise(
    _by_hand,
    goal=2,
    asks=translatable(
        "Implement SGD: move each parameter in place by −lr × gradient. Skip parameters whose "
        "grad is None."
    ),
    hint=translatable(
        "A loop over params. How does the lesson's step by hand write into a parameter?"
    ),
    solution=(
        "def sgd_step(params, lr):\n"
        "    for param in params:\n"
        "        if param.grad is not None:\n"
        "            param[...] = param - lr * param.grad"
    ),
    why=translatable("This is all of SGD without momentum."),
)


@function
def _one_epoch(train: Any) -> str | None:
    net, batches = fresh(), [batch(i) for i in range(4)]
    losses, expected = [], fresh()
    optimizer, gm = SGD(expected.parameters(), lr=0.1), GradManager().attach(expected.parameters())
    for data, label in batches:
        optimizer.clear_grad()
        losses.append(train_func(data, label, expected, gm)[1].item())
        optimizer.step()
    before = net.state_dict()
    answer = train(
        net, SGD(net.parameters(), lr=0.1), GradManager().attach(net.parameters()), _once(batches)
    )
    now, right = net.state_dict(), expected.state_dict()
    if np.array_equal(now["head.weight"], before["head.weight"]):
        return say("head.weight did not change in four mini-batches: call optimizer.step().")
    if not all(np.allclose(now[name], right[name], rtol=1e-3, atol=1e-5) for name in right):
        return say(
            "the parameters are not as expected: each step should use the gradient of its own "
            "mini-batch only, and each mini-batch gets one step."
        )
    mean, value = float(np.mean(losses)), value_of(answer)
    if value is None:
        return say("the network is trained, but the function should return the mean loss.")
    if not abs(value - mean) < 1e-3:
        return say(
            "the network is trained, but the mean loss is {mean:.4f}, not {value:.4f}.",
            mean=mean,
            value=value,
        )
    return None


def _once(batches: list[Any]) -> Iterator[Any]:
    yield from batches


one_epoch = Exercise(
    _one_epoch,
    goal=3,
    asks=translatable(
        "Train for one epoch: one step for each (data, label) of the dataloader. Return the mean "
        "of the losses."
    ),
    hint=translatable("Three lines for each mini-batch, in the lesson's order; count as you go."),
    solution=(
        "from fineopt.training import train_func\n\n"
        "def one_epoch(net, optimizer, gm, dataloader):\n"
        "    losses = []\n"
        "    for data, label in dataloader:\n"
        "        optimizer.clear_grad()\n"
        "        _, loss = train_func(data, label, net, gm)\n"
        "        optimizer.step()\n"
        "        losses.append(loss.item())\n"
        "    return sum(losses) / len(losses)"
    ),
    why=translatable("Clear, compute, step: every lesson trains with this loop."),
)

loss_of_a_guess = Exercise(
    number(
        math.log(100),
        translatable("the loss of a uniform guess among 100 classes"),
        slips={
            math.log(10): translatable("That is the loss of a guess among 10."),
            2.0: translatable(
                "That is the base-10 logarithm; cross_entropy uses the natural logarithm."
            ),
            math.log2(100): translatable(
                "That is the base-2 logarithm; cross_entropy uses the natural logarithm."
            ),
            0.01: translatable(
                "That is the probability of the correct class; the loss is its negative logarithm."
            ),
            -math.log(100): translatable(
                "Check the sign: log(1/100) is negative, and the loss is -log(1/100)."
            ),
        },
        tolerance=0.006,  # accepts 4.6 as well as 4.61
    ),
    goal=4,
    asks=translatable(
        "An untrained network classifies images into 100 classes. What is its loss, approximately? "
        "Two decimals are enough."
    ),
    hint=translatable(
        "Which probability does a guess assign to the correct class? The loss is −log of it."
    ),
    solution="4.61",
    why=translatable("-log(1/100) = log 100 = 4.61, just as log 10 = 2.30 for ten digits."),
)

largest_lr = Exercise(
    number(
        2 / 16,
        translatable("the smallest such learning rate"),
        slips={
            1 / 16: translatable("There w reaches the minimum in one step: lr times c is 1."),
            2.0: translatable("That is the limit for lr times c."),
            32.0: translatable("Divide by c: the narrower the valley, the smaller the step."),
            0.5: translatable("That is the limit for c = 4, as in the lesson."),
        },
    ),
    goal=4,
    asks=translatable(
        "In a valley with loss = ½ · 16 · w², what is the smallest learning rate at which w no "
        "longer gets closer to the minimum?"
    ),
    hint=translatable(
        "A step multiplies w by a factor that depends on lr. When is the result as far from 0 as w?"
    ),
    solution="2 / 16",
    why=translatable(
        "If lr c is at least 2, then 1 − lr c is at most −1: each step lands on the other side of "
        "the minimum, at least as far away."
    ),
)

best_rate = OpenTask(
    function(score),
    beat=0.92,
    asks=translatable(
        "Open task: with one group of all parameters, which optimizer of yours is best after two "
        "epochs? The score is the share of the test digits that are right."
    ),
    hint=translatable("The lesson's 0.05 is about right, not the best. SGD also takes a momentum."),
    solution=(
        "import fineopt.optimizer as optim\n\n"
        "def my_optimizer(net):\n"
        "    return optim.SGD(net.parameters(), lr=0.1)"
    ),
    why=translatable("There is more to win: the next lessons split the parameters into groups."),
)

progress = progress_of(__name__)
