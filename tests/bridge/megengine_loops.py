"""Networks and loops for the checks of the bridge to MegEngine; importing it needs MegEngine."""

from __future__ import annotations

from typing import Any

import megengine
import megengine.functional as F
import megengine.module as M
import numpy as np
from megengine import optimizer as optim
from megengine.autodiff import GradManager

RULES = {
    "SGD": lambda groups: optim.SGD(groups, lr=0.05),
    "momentum": lambda groups: optim.SGD(groups, lr=0.05, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda groups: optim.SGD(groups, lr=0.05, momentum=0.9, nesterov=True),
    "Adam": lambda groups: optim.Adam(groups, lr=0.01),
    "AdamW": lambda groups: optim.AdamW(groups, lr=0.01),
    "Adagrad": lambda groups: optim.Adagrad(groups, lr=0.01),
    "Adadelta": lambda groups: optim.Adadelta(groups, lr=0.5),
}  # LAMB of 1.13 raises a TypeError when it is made


class Net(M.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = M.Conv2d(1, 3, 3)
        self.norm = M.BatchNorm2d(3)
        self.fc = M.Linear(108, 4)

    def forward(self, x: Any) -> Any:
        return self.fc(F.flatten(F.relu(self.norm(self.conv(x))), 1))


def start(rule: str = "SGD", several: bool = False) -> tuple[Any, Any, Any]:
    """Return a network, its optimizer, or two of them, and a GradManager; always the same."""
    net, chance = Net(), np.random.RandomState(0)
    for p in net.parameters():
        p[...] = megengine.Tensor(chance.normal(size=p.shape).astype("float32") * 0.2)
    front = [p for name, p in net.named_parameters() if "fc" not in name]
    groups = [
        {"params": front, "name": "front"},
        {"params": list(net.fc.parameters()), "name": "fc", "lr": 0.02},
    ]
    opts = [RULES[rule](group) for group in groups] if several else RULES[rule](groups)
    return net, opts, GradManager().attach(net.parameters())


def batch(seed: int) -> tuple[Any, Any]:
    """Return images and labels; the same for the same seed."""
    chance = np.random.RandomState(seed)
    x = megengine.Tensor(chance.normal(size=(6, 1, 8, 8)).astype("float32"))
    return x, megengine.Tensor(chance.randint(4, size=6).astype("int32"))


def backward(net: Any, gm: Any, seed: int) -> Any:
    """Compute the gradients of a batch, and return its loss."""
    x, y = batch(seed)
    with gm:
        loss = F.nn.cross_entropy(net(x), y)
        gm.backward(loss)
    return loss


def train(
    net: Any, opt: Any, gm: Any, steps: int = 1, first: int = 0, w: Any = None
) -> list[float]:
    losses = []
    several = opt if isinstance(opt, list) else [opt]
    for seed in range(first, first + steps):
        loss = backward(net, gm, seed)
        for one in several:
            assert one.step() is one
            one.clear_grad()
        losses.append(loss.item())
        if w is not None:
            w.loss(loss)
    return losses


def values(net: Any) -> dict[str, Any]:
    return {name: np.array(value) for name, value in net.state_dict().items()}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
