"""The same steps in PyTorch, if it is installed (`pip install torch==2.13.0`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .networks import VGG_CHANNELS, images, two_groups

try:
    import torch
    from torch import nn
except ImportError:
    torch = None  # type: ignore[assignment]

__all__ = ["lenet_step", "optimizer_of_ten_groups", "torch", "vgg_step"]


def _lenet() -> Any:
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2, 2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


def _train_step(net: Any, optimizer: Any, batch: int, channels: int = 1) -> Callable[[], None]:
    x, y = (torch.from_numpy(array) for array in images(batch, channels))

    def step() -> None:
        optimizer.zero_grad()
        loss: Any = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()

    return step


def lenet_step(batch: int) -> Callable[[], None] | None:
    """Return a step of LeNet with SGD and two groups."""
    if torch is None:
        return None
    net = _lenet()
    names = [("conv" if p.ndim == 4 or p.numel() < 17 else "fc", p) for p in net.parameters()]
    return _train_step(net, torch.optim.SGD(two_groups(names), lr=0.01), batch)


def vgg_step(batch: int) -> Callable[[], None] | None:
    """Return a step of the small VGG with SGD."""
    if torch is None:
        return None
    layers: list[Any] = []
    before = 3
    for pair in VGG_CHANNELS:
        for channels in pair:
            layers += [nn.Conv2d(before, channels, 3, padding=1), nn.BatchNorm2d(channels)]
            layers += [nn.ReLU()]
            before = channels
        layers += [nn.MaxPool2d(2)]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * 16, 10))
    return _train_step(net, torch.optim.SGD(net.parameters(), lr=0.01), batch, channels=3)


def optimizer_of_ten_groups(kind: str, batch: int) -> Callable[[], None] | None:
    """Return the step() of an optimizer with one group for each parameter of LeNet."""
    if torch is None:
        return None
    net = _lenet()
    groups = [{"params": [p]} for p in net.parameters()]
    optimizer = getattr(torch.optim, kind)(groups, lr=1e-4)
    _train_step(net, optimizer, batch)()
    return lambda: optimizer.step()
