"""The open task of lesson 06: a LeNet in PyTorch that knows the digits 0 to 4 learns 5 to 9."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import Any

import numpy as np

from ...data.dataset import MNISTSample
from ...data.transform import Compose, Normalize, Pad, ToMode
from ...language import say, translatable
from ...ops import Array
from ..exercise import Exercise
from ..judging.judges import function, shown
from ..open_task import OpenTask
from .network import one_thread

__all__ = ["fine_tuned"]

EPOCHS, DRAWS = 5, 3  # of fifty images; how often they are drawn


@function
def _score(build: Any) -> float | str:
    """Return the mean share of the test digits 5 to 9 that are right after fine-tuning."""
    import torch

    with one_thread(), torch.random.fork_rng(devices=[]):
        return _mean_score(build)


def _mean_score(build: Any) -> float | str:
    import torch

    test_images, test_labels = _digits(False)
    new, rights = test_labels >= 5, []
    for seed in range(DRAWS):
        net = _lenet()
        net.load_state_dict(_learnt())
        optimizers = build(net)
        several = optimizers if isinstance(optimizers, tuple | list) else [optimizers]
        if not several or not all(isinstance(one, torch.optim.Optimizer) for one in several):
            return say(
                "the function should return an optimizer of PyTorch, or a list of them, but "
                "returned {made}.",
                made=shown(optimizers),
            )
        if any(not now.equal(_learnt()[name]) for name, now in net.state_dict().items()):
            return say("the function changed the network: only the fine-tuning should train it.")
        order = np.random.RandomState(100 + seed)
        _train(net, several, _fifty(order), EPOCHS, 10, order)
        with torch.no_grad():
            answers = net(torch.from_numpy(test_images[new])).argmax(1).numpy()
        rights.append(float((answers == test_labels[new]).mean()))
    return float(np.mean(rights))


def _fifty(order: np.random.RandomState) -> Any:
    """Return the rows of ten images of each new digit."""
    labels = _digits(True)[1]
    kinds = [np.flatnonzero(labels == digit) for digit in range(5, 10)]
    return np.concatenate([order.choice(kind, 10, replace=False) for kind in kinds])


def _train(
    net: Any, optimizers: Any, rows: Any, epochs: int, size: int, order: np.random.RandomState
) -> None:
    import torch

    images, labels = _digits(True)
    for _ in range(epochs):
        shuffled = order.permutation(rows)
        for i in range(0, len(rows) - size + 1, size):
            chosen = shuffled[i : i + size]
            for optimizer in optimizers:
                optimizer.zero_grad()
            pred = net(torch.from_numpy(images[chosen]))
            label = torch.from_numpy(labels[chosen])
            loss: Any = torch.nn.functional.cross_entropy(pred, label)
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()


@lru_cache
def _learnt() -> dict[str, Any]:
    """Return the values of a LeNet that has been trained on the digits 0 to 4."""
    import torch

    torch.manual_seed(0)
    net = _lenet()
    rows = np.flatnonzero(_digits(True)[1] < 5)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    _train(net, [optimizer], rows, 2, 64, np.random.RandomState(0))
    return {name: value.clone() for name, value in net.state_dict().items()}


def _lenet() -> Any:
    from torch import nn

    layers = OrderedDict[str, Any](
        conv1=nn.Conv2d(1, 6, 5),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(6, 16, 5),
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2),
        flat=nn.Flatten(),
        fc1=nn.Linear(400, 120),
        relu3=nn.ReLU(),
        fc2=nn.Linear(120, 84),
        relu4=nn.ReLU(),
        classifer=nn.Linear(84, 10),
    )
    return nn.Sequential(layers).float()


@lru_cache
def _digits(train: bool) -> tuple[Array, Array]:
    """Return all images, of shape (N, 1, 32, 32) in float32, and labels."""
    digits = MNISTSample(train=train)
    transform = Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")])
    images, labels = zip(*(transform.apply(digits[i]) for i in range(len(digits))), strict=True)
    return np.stack(images).astype(np.float32), np.array(labels, np.int64)


fine_tuned: Exercise = OpenTask(
    _score,
    beat=0.65,
    goal=1,
    asks=translatable(
        "Open task: a LeNet in PyTorch that knows the digits 0 to 4 is trained on fifty images of "
        "5 to 9 for five epochs. Return its optimizer, or a list of several; the score is the "
        "share of the test digits 5 to 9 that are right."
    ),
    hint=translatable("Which layer has learnt never to answer 5 to 9? (See lesson 01.)"),
    solution=(
        "import torch\n\n"
        "def my_groups(net):\n"
        "    head = list(net.classifer.parameters())\n"
        "    trunk = [p for name, p in net.named_parameters() if 'classifer' not in name]\n"
        "    return torch.optim.SGD([{'params': trunk, 'lr': 0.03}, {'params': head, 'lr': 0.7}])"
    ),
    why=translatable(
        "The head has to change a lot, and the features in front of it are good already."
    ),
)
