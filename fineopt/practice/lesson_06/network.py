"""The small PyTorch network of lesson 06's broken fine-tunings, and its data.

PyTorch is imported where it is used: the lessons before this one run without it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...language import say

__all__ = ["NeedsTorch", "batch", "one_thread", "pretrained", "require_torch", "train_step"]


class NeedsTorch(ModuleNotFoundError):
    """Raised where PyTorch is not installed; a notebook shows its message without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def require_torch() -> None:
    """Check that PyTorch is installed.

    Raises:
        NeedsTorch: if it is not; the message says what to do.
    """
    if find_spec("torch") is None:
        raise NeedsTorch(
            say(
                "This lesson needs PyTorch, which is not installed here (in a browser it never is: "
                "there is no PyTorch for WebAssembly). All results are saved below, so you can "
                "read on. To run the lesson, install fineopt and PyTorch on a computer: "
                "pip install 'fineopt[torch]'"
            )
        )


def pretrained() -> Any:
    """Return a trained torch.nn.Module in float64, the same one on each call.

    Its children are `backbone` (two linear layers and a BatchNorm) and `head`, which tells three
    kinds of input apart. PyTorch's random number generator is unchanged.
    """
    net = _network()
    net.load_state_dict(_learnt())
    return net


def _network() -> Any:
    import torch
    from torch import nn

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        # A bias before BatchNorm would be undone by it: its gradient is nothing but rounding.
        first = nn.Linear(8, 8, bias=False)
        layers = [first, nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU()]
        names = ("first", "norm", "relu1", "second", "relu2")
        backbone = nn.Sequential(OrderedDict(zip(names, layers, strict=True)))
        return nn.Sequential(OrderedDict(backbone=backbone, head=nn.Linear(8, 3))).double()


@lru_cache
def _learnt() -> dict[str, Any]:
    import torch

    net = _network()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
    with one_thread():
        for seed in range(100):
            train_step(net, optimizer, batch(1000 + seed, kinds=3))
    return {name: value.clone() for name, value in net.state_dict().items()}


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread: on so small networks more only wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def batch(seed: int = 0, kinds: int = 4) -> tuple[Any, Any]:
    """Return a mini-batch of tensors: 32 rows of 8 numbers, and labels from 0 to `kinds` - 1.

    A label is the index of the largest of the row's first numbers. The rows of the new task, with
    four kinds, are larger than those that the network was trained on.
    """
    import torch

    data = np.random.RandomState(seed).normal(size=(32, 8)) * (kinds - 2)
    return torch.from_numpy(data), torch.from_numpy(data[:, :kinds].argmax(1))


def train_step(net: Any, optimizer: Any, batch: tuple[Any, Any], *, zeros: bool = False) -> None:
    """Take one step on a mini-batch.

    Args:
        net: the network.
        optimizer: of torch.optim.
        batch: of data and labels.
        zeros: whether gradients are set to zero before, instead of to None.
    """
    from torch.nn.functional import cross_entropy

    data, label = batch
    optimizer.zero_grad(set_to_none=not zeros)
    loss: Any = cross_entropy(net(data), label)
    loss.backward()
    optimizer.step()
