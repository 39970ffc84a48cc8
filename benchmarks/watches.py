"""What watching costs a training step in PyTorch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import fineopt

from .measure import Row
from .peer import torch

__all__ = ["watching"]

CYCLE = 128  # steps: norms are read once in so many, for 10 million numbers


def watching(threads: int, rounds: int) -> Iterator[Row]:
    """Compare watched steps of models of 10 million numbers to plain ones, in turns."""
    if torch is None:
        return
    models = (("MLP", _mlp), ("transformer", _transformer), ("MLP of 400 tensors", _many))
    for name, make in models:
        plain, watched = _step(*make(), False), _step(*make(), True)
        for _ in range(3):
            plain(), watched()
        ratios = [_cycle(plain, watched) for _ in range(max(1, rounds // 8))]
        ours, theirs = (statistics.median(side) * 1e3 for side in zip(*ratios, strict=True))
        ratio = statistics.median(a / b for a, b in ratios)
        yield Row(f"watched {name}, 10 million", ours, theirs, ratio, 1.03, of="plain")


def _cycle(plain: Any, watched: Any) -> tuple[float, float]:
    """Return the CPU seconds of a watched step and of a plain one, over a whole cycle.

    The two take turns step by step. The thread's own time is measured: PyTorch computes on one
    thread here, and other programs' turns do not count.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    spent = {plain: 0.0, watched: 0.0}
    try:
        for i in range(CYCLE):
            for step in (plain, watched) if i % 2 else (watched, plain):
                begin = time.thread_time()
                step()
                spent[step] += time.thread_time() - begin
    finally:
        torch.set_num_threads(threads)
    return spent[watched] / CYCLE, spent[plain] / CYCLE


def _step(model: Any, x: Any, watched: bool) -> Any:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    w = fineopt.watch(model, optimizer) if watched else None

    def step() -> None:
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        if w is not None:
            w.loss(loss)

    return step


def _transformer() -> tuple[Any, Any]:
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(320, 8, 1280, batch_first=True)
    encoder = torch.nn.TransformerEncoder(layer, 8)
    model = torch.nn.Sequential(torch.nn.Linear(64, 320), encoder, torch.nn.Linear(320, 10))
    return model, torch.randn(4, 32, 64)


def _many() -> tuple[Any, Any]:
    torch.manual_seed(0)
    layers: list[Any] = []
    for _ in range(200):
        layers += [torch.nn.Linear(224, 224), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers), torch.randn(8, 224)


def _mlp() -> tuple[Any, Any]:
    torch.manual_seed(0)
    sizes = (784, 2048, 2048, 2048, 10)
    layers: list[Any] = []
    for before, after in pairwise(sizes):
        layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1]), torch.randn(32, sizes[0])
