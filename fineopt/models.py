"""LeNet, the network used in the document."""

from __future__ import annotations

from . import functional as F
from . import module as M
from .core.tensor import Tensor

__all__ = ["LeNet"]


class LeNet(M.Module):
    """LeNet for 32 x 32 images: (N, 1, 32, 32) to logits (N, 10).

    ``classifer`` is spelled as in the document, whose printed tables depend on it.

    >>> import numpy as np
    >>> LeNet()(Tensor(np.zeros((2, 1, 32, 32)))).shape
    (2, 10)

    Source: the document's chapter 网络搭建; LeCun et al. 1998, *Gradient-based learning*.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = M.Conv2d(1, 6, 5)
        self.relu1 = M.ReLU()
        self.pool1 = M.MaxPool2d(2, 2)
        self.conv2 = M.Conv2d(6, 16, 5)
        self.relu2 = M.ReLU()
        self.pool2 = M.MaxPool2d(2, 2)
        self.fc1 = M.Linear(16 * 5 * 5, 120)
        self.relu3 = M.ReLU()
        self.fc2 = M.Linear(120, 84)
        self.relu4 = M.ReLU()
        self.classifer = M.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        x = self.pool1(self.relu1(self.conv1(x)))
        x = self.pool2(self.relu2(self.conv2(x)))
        x = F.flatten(x, 1)
        x = self.relu3(self.fc1(x))
        x = self.relu4(self.fc2(x))
        logits: Tensor = self.classifer(x)
        return logits
