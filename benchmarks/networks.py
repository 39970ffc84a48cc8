"""Training steps of fineopt, through its public API."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

import fineopt
import fineopt.functional as F
import fineopt.module as M
import fineopt.optimizer as optim
from fineopt.autodiff import GradManager
from fineopt.models import LeNet

__all__ = ["VGG_CHANNELS", "lenet_step", "optimizer_of_ten_groups", "train_step", "vgg_step"]

VGG_CHANNELS = (
    (16, 16),
    (32, 32),
    (64, 64),
)  # pairs of 3x3 convolutions, with pooling


def images(batch: int, channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return random images of 32 x 32 and labels."""
    rng = np.random.RandomState(0)
    return rng.randn(batch, channels, 32, 32).astype("f4"), rng.randint(0, 10, batch)


def two_groups(named: Sequence[tuple[str, object]]) -> list[dict[str, object]]:
    """Return two groups: the convolutions, and the other parameters."""
    conv = [p for name, p in named if name.startswith("conv")]
    rest = [p for name, p in named if not name.startswith("conv")]
    return [{"params": params, "lr": 0.01} for params in (conv, rest) if params]


def train_step(
    net: M.Module, optimizer: optim.Optimizer, batch: int, channels: int = 1, attach: str = ""
) -> Callable[[], None]:
    """Return a training step; ``attach`` lists prefixes of parameters to attach (default: all)."""
    data, label = images(batch, channels)
    wanted = tuple(attach.split())
    gm = GradManager().attach(
        [p for name, p in net.named_parameters() if not wanted or name.startswith(wanted)]
    )
    x, y = fineopt.tensor(data), fineopt.tensor(label)

    def step() -> None:
        optimizer.clear_grad()
        with gm:
            gm.backward(F.loss.cross_entropy(net(x), y))
        optimizer.step()

    return step


def lenet_step(batch: int, attach: str = "") -> Callable[[], None]:
    """Return a step of LeNet with SGD and two groups."""
    net = LeNet()
    optimizer = optim.SGD(two_groups(list(net.named_parameters())), lr=0.01)
    return train_step(net, optimizer, batch, attach=attach)


class VGG(M.Module):
    """Six convolutions with batch normalization, on images of 3 x 32 x 32."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[M.Module] = []
        before = 3
        for pair in VGG_CHANNELS:
            for channels in pair:
                layers += [M.Conv2d(before, channels, 3, padding=1), M.BatchNorm2d(channels)]
                layers += [M.ReLU()]
                before = channels
            layers += [M.MaxPool2d(2)]
        self.features = M.Sequential(*layers)
        self.classifier = M.Linear(before * 16, 10)

    def forward(self, x: fineopt.Tensor) -> fineopt.Tensor:
        """Return the logits."""
        logits: fineopt.Tensor = self.classifier(F.flatten(self.features(x), 1))
        return logits


def vgg_step(batch: int) -> Callable[[], None]:
    """Return a step of the small VGG with SGD."""
    net = VGG()
    return train_step(net, optim.SGD(net.parameters(), lr=0.01), batch, channels=3)


def optimizer_of_ten_groups(kind: str, batch: int) -> tuple[optim.Optimizer, Callable[[], None]]:
    """Return an optimizer with one group for each parameter of LeNet, and a step with it."""
    net = LeNet()
    optimizer = getattr(optim, kind)([{"params": [p]} for p in net.parameters()], lr=1e-4)
    return optimizer, train_step(net, optimizer, batch)
