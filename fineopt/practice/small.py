"""The small network and synthetic data of lesson 05; a step takes less than a millisecond."""

from __future__ import annotations

import numpy as np

from .. import functional as F
from .. import module as M
from .. import random
from ..core.tensor import Tensor
from ..ops import Array

__all__ = ["Small", "batch", "fresh"]


class Small(M.Module):
    """Four layers for inputs of shape (N, 8).

    `front` and `back` have parameters of the same shapes; `norm` keeps running statistics.

    >>> [name for name, _ in Small().named_children()]
    ['back', 'front', 'head', 'norm']
    """

    def __init__(self) -> None:
        super().__init__()
        self.front = M.Linear(8, 8)
        self.norm = M.BatchNorm1d(8)
        self.back = M.Linear(8, 8)
        self.head = M.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of shape (N, 3)."""
        x = F.relu(self.norm(self.front(x)))
        logits: Tensor = self.head(F.relu(self.back(x)))
        return logits


def fresh() -> Small:
    """Return a network with the same initial values on each call.

    The state of fineopt's random number generator is unchanged.
    """
    state = random.get_state()
    random.seed(0)
    net = Small()
    random.set_state(state)
    return net


def batch(seed: int = 0) -> tuple[Array, Array]:
    """Return a mini-batch of 32 rows of 8 numbers, and labels from 0 to 2.

    A label is the index of the largest of the row's first three numbers.

    >>> data, label = batch()
    >>> data.shape, label.shape
    ((32, 8), (32,))
    """
    data = np.random.RandomState(seed).normal(size=(32, 8))
    return data, data[:, :3].argmax(1).astype(np.int32)
