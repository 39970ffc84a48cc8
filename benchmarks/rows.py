"""The measurements, and the largest acceptable ratios."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator

from fineopt import data
from fineopt.data.transform import Compose, Normalize, Pad, ToMode
from fineopt.models import LeNet
from fineopt.recorder import Record

from . import audits, live, networks, peer, timelines, watches
from .measure import Row, compare

__all__ = ["SECTIONS"]

BATCH = 64
BARS = {1: 0.85, 2: 1.0}  # for a LeNet step, by threads


def steps(threads: int, rounds: int) -> Iterator[Row]:
    """Compare LeNet steps by batch size."""
    for batch in (16, 64, 128, 512):
        ours, theirs = networks.lenet_step(batch), peer.lenet_step(batch)
        name = f"LeNet step, batch {batch}"
        yield compare(name, ours, theirs, bar=BARS.get(threads), rounds=rounds)


def freezing(threads: int, rounds: int) -> Iterator[Row]:
    """Compare steps with some parameters attached to a step with all."""
    whole = networks.lenet_step(BATCH)
    for name, attach, bar in (
        ("only fc1, fc2, classifer attached", "fc classifer", 0.5),
        ("only the classifier attached", "classifer", 0.45),
        ("only convolutions attached", "conv", 1.0),
    ):
        part = networks.lenet_step(BATCH, attach)
        yield compare(name, part, whole, bar=bar, rounds=rounds, of="all")


def deeper(threads: int, rounds: int) -> Iterator[Row]:
    """Compare steps of a deeper network with batch normalization."""
    ours, theirs = networks.vgg_step(BATCH), peer.vgg_step(BATCH)
    yield compare("small VGG step, 3x32x32", ours, theirs, bar=1.5, rounds=rounds)


def optimizers(threads: int, rounds: int) -> Iterator[Row]:
    """Compare Adam and AdamW with one group per parameter to a training step and to PyTorch."""
    for kind in ("Adam", "AdamW"):
        optimizer, step = networks.optimizer_of_ten_groups(kind, BATCH)
        step()
        mine, theirs = optimizer.step, peer.optimizer_of_ten_groups(kind, BATCH)
        yield compare(f"{kind}.step, ten groups", mine, step, bar=0.08, rounds=rounds, of="step")
        yield compare(f"{kind}.step, ten groups", mine, theirs, bar=1.0, rounds=rounds)


def around(threads: int, rounds: int) -> Iterator[Row]:
    """Compare recording and data loading to a training step."""
    step, net = networks.lenet_step(BATCH), LeNet()
    values = {name: p.numpy() for name, p in net.named_parameters()}
    record = Record(dict.fromkeys(values, 0), ["all"])
    record.start(values)
    add = lambda: record.add_step(1.0, [0.1], values, values)  # noqa: E731
    yield compare("recording", add, step, bar=0.05, rounds=rounds, of="step")

    digits = data.dataset.MNISTSample()
    batches: Iterator[object] = iter(())

    def load() -> None:
        nonlocal batches
        while next(batches, None) is None:
            batches = iter(loader)

    loader = data.DataLoader(
        digits,
        sampler=data.RandomSampler(digits, batch_size=BATCH, drop_last=True),
        transform=Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")]),
    )
    yield compare("loading and transforming data", load, step, bar=0.1, rounds=rounds, of="step")


def memory(threads: int, rounds: int) -> Iterator[Row]:
    """Compare the peak memory of a step to 30 MB."""
    for batch in (64, 128):
        step = networks.lenet_step(batch)
        step()
        gc.collect()
        tracemalloc.start()
        step()
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        limit = 30 * batch / 64
        name = f"peak of a LeNet step, batch {batch}"
        yield Row(name, peak, limit, peak / limit, 1.0, unit="MB", of="limit")


def importing(threads: int, rounds: int) -> Iterator[Row]:
    """Compare `import fineopt` to `import numpy`, each in a new process."""

    # bytecode is written by the first call, as usual
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def once(name: str) -> float:
        code = (
            f"import time; s = time.perf_counter(); import {name}; print(time.perf_counter() - s)"
        )
        return float(subprocess.check_output([sys.executable, "-c", code], env=env))

    once("fineopt"), once("numpy")
    pairs = [(once("fineopt"), once("numpy")) for _ in range(rounds)]
    ours, numpy = (statistics.median(side) * 1e3 for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    yield Row("import fineopt", ours, numpy, ratio, 1.3, of="numpy")


def _browser(threads: int, rounds: int) -> Iterator[Row]:
    """Measure a live panel in Chromium, where there is Playwright."""
    try:
        from .browser import browser
    except ImportError as error:
        print(f"skipped: {error}")
        return
    yield from browser(threads, rounds)


def _growth(threads: int, rounds: int) -> Iterator[Row]:
    """Measure what grows in a long run in Chromium, where there is Playwright."""
    try:
        from .growth import growth
    except ImportError as error:
        print(f"skipped: {error}")
        return
    yield from growth(threads, rounds)


# name, whether it is measured for each number of threads, function
SECTIONS = (
    ("steps", True, steps),
    ("deeper", True, deeper),
    ("freezing", False, freezing),
    ("optimizers", False, optimizers),
    ("around", False, around),
    ("audit", False, audits.audits),
    ("memory", False, memory),
    ("snapshots", False, timelines.snapshots),
    ("watching", False, watches.watching),
    ("panel", False, live.panel),
    ("slider", False, live.slider),
    ("frames", False, live.frames),
    ("browser", False, _browser),
    ("growth", False, _growth),
    ("records", False, live.records),
    ("importing", False, importing),
)
