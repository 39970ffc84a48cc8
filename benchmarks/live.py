"""The cost of a live panel: training steps, frames, and memory.

The CPU time of this thread is measured, so that other programs have no influence: otherwise, the
10 frames per second would take a larger share on a busier machine. A page acknowledges each frame
at once; `browser` measures a real one.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tracemalloc
from collections.abc import Iterator
from time import thread_time
from typing import get_args
from unittest.mock import patch

import numpy as np

from fineopt import data
from fineopt.control.playing.loop import ActionQueue
from fineopt.control.training import TrainingController
from fineopt.data.transform import Compose, Normalize, Pad, ToMode
from fineopt.landscape import descend, find_landscape
from fineopt.models import LeNet
from fineopt.optimizer import SGD
from fineopt.recorder import Record
from fineopt.scenes.charts.landscape import landscape_chart
from fineopt.scenes.views import View
from fineopt.scenes.watched_run import WatchedRun
from fineopt.training import Trainer, train_func
from fineopt.widgets import TrainingPanel
from fineopt.widgets.live import SceneView
from tests.support.live_page import LivePage

from .measure import Row
from .networks import two_groups

__all__ = ["frames", "panel", "records", "slider"]

EPOCH = 62  # steps, for the digits in the package
OPENING = 16  # epochs during which the axes still grow often
FRAMES = 10  # per second
FRAME = 2.5  # milliseconds, at most
SECONDS = 0.5  # of a turn
KEPT = 0.9  # fraction of the bare loop's steps per second
LONG = 100_000  # steps
EARLY = 500  # steps


def _trainer() -> Trainer:
    digits = data.dataset.MNISTSample()
    loader = data.DataLoader(
        digits,
        sampler=data.RandomSampler(digits, batch_size=64, drop_last=True),
        transform=Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")]),
    )
    net = LeNet()
    return Trainer(net, SGD(two_groups(list(net.named_parameters())), lr=0.01), loader)


def _bare(trainer: Trainer, for_seconds: float) -> float:
    """Train in a plain loop; return the seconds per step."""
    begin, steps = thread_time(), 0
    while thread_time() - begin < for_seconds:
        for images, labels in trainer.dataloader:
            trainer.optimizer.clear_grad()
            _, loss = train_func(images, labels, trainer.net, trainer.gm)
            trainer.optimizer.step()
            loss.item()
            steps += 1
            if thread_time() - begin >= for_seconds:
                break
    return (thread_time() - begin) / steps


async def _play(controller: TrainingController, for_seconds: float) -> float:
    """Play as a panel does; return the seconds per step, including frames."""
    record = controller.trainer.record
    begin, before = thread_time(), record.steps
    controller.play()
    while thread_time() - begin < for_seconds:
        await asyncio.sleep(0.01)
    took, steps = thread_time() - begin, record.steps - before
    controller.pause()
    await asyncio.sleep(0)
    return took / steps


def panel(threads: int, rounds: int) -> Iterator[Row]:
    """Compare steps with a live panel at 10 frames per second to those of a bare loop."""
    bare, trainer = _trainer(), _trainer()
    trainer.run(OPENING)
    whole = TrainingPanel(trainer, watch="fc1.weight", frames_per_second=FRAMES)
    LivePage(whole.charts)
    loop = asyncio.new_event_loop()
    for view in get_args(View):
        whole.figure.view = view
        whole.show()
        ours: list[float] = []
        other: list[float] = []
        first = _bare(bare, SECONDS)
        for _ in range(3 * rounds):  # many short turns, as the speed of a shared machine changes
            with patch("fineopt.control.playing.player.perf_counter", thread_time):
                # not asyncio.run: its handler of interrupts costs each step 0.1 ms
                ours.append(loop.run_until_complete(_play(whole.controller, SECONDS)))
            last = _bare(bare, SECONDS)
            other.append((first + last) / 2)
            first = last
        ratio = statistics.median(a / b for a, b in zip(ours, other, strict=True))
        mine, theirs = (statistics.median(side) * 1e3 for side in (ours, other))
        name = f"step, live panel with {view}"
        yield Row(name, mine, theirs, ratio, round(1 / KEPT, 3), of="bare")
    loop.close()


def slider(threads: int, rounds: int) -> Iterator[Row]:
    """Count the steps until a moved slider takes effect: 1 is the next step."""
    trainer = _trainer()
    view = TrainingPanel(trainer, frames_per_second=FRAMES)
    late: list[int] = []

    async def play() -> None:
        view.controller.play()
        for turn in range(rounds):
            for _ in range(3):
                await asyncio.sleep(0)
            steps, lr = trainer.record.steps, round(0.001 * (turn + 1), 3)
            view.rows.children[0].slider.value = lr
            while trainer.record.steps < steps + 5:
                await asyncio.sleep(0)
            late.append(1 + int(np.argmax(trainer.record.lr[steps:, 0] == lr)))
        view.controller.pause()
        await asyncio.sleep(0)

    asyncio.run(play())
    view.close()
    most = max(late)
    name = "until a moved slider takes effect"
    yield Row(name, most, 1, most / 1, 1.0, unit="step", of="limit")


class Run:
    """A synthetic run of LeNet's parameters, recorded without training."""

    def __init__(self, length: int) -> None:
        random = np.random.RandomState(0)
        self.values = {name: p.numpy().copy() for name, p in LeNet().named_parameters()}
        groups = {name: int(not name.startswith("conv")) for name in self.values}
        self.record = Record(groups, ["conv", "fc"], steps_per_epoch=EPOCH)
        self.length = length
        self.record.start(self.values)
        self.noise = {n: 1e-4 * random.randn(*v.shape) for n, v in self.values.items()}
        self.losses = 0.1 + random.rand(1000)

    def go_on(self, steps: int) -> Run:
        """Record more steps."""
        record = self.record
        for step in range(record.steps, record.steps + steps):
            lr = 0.05 if 4 * step < self.length else 0.02
            for name, value in self.values.items():
                value += self.noise[name] * np.cos(6 * step / self.length)
            record.add_step(self.losses[step % 1000], [lr, 0.01], self.values, self.noise)
            if record.steps % EPOCH == 0:
                record.end_epoch(0.9, self.values, self.noise)
        return self


class Viewed:
    """A live view of a synthetic run, and a page that acknowledges each frame."""

    def __init__(self, run: Run, view: View) -> None:
        self.run, self.watched = run, WatchedRun(run.record, "fc1.weight", view=view)
        self.live = SceneView(self.watched.scene, self.watched.describe, ActionQueue())
        self.page = LivePage(self.live)
        self.page.bytes = self.page.frames = 0

    def frame(self, steps: int) -> float:
        """Return the milliseconds of a frame after further steps."""
        self.run.go_on(steps)
        begin = thread_time()
        self.live.refresh(final=False)
        return (thread_time() - begin) * 1e3


def frames(threads: int, rounds: int) -> Iterator[Row]:
    """Compare a frame to 2.5 ms, and late in a run to early; and its numbers to 4 kB."""
    early, late = Run(EARLY).go_on(EARLY), Run(LONG).go_on(LONG)
    for view in get_args(View):
        both = [Viewed(run, view) for run in (late, early)]
        pairs = [[one.frame(20) for one in both] for _ in range(max(10, 4 * rounds))]
        ours, other = (statistics.median(side) for side in zip(*pairs, strict=True))
        name = f"a frame with {view}"
        yield Row(name, ours, FRAME, ours / FRAME, 1.0, of="limit")
        ratio = statistics.median(a / b for a, b in pairs)
        yield Row(f"{name}, step {LONG:,}", ours, other, ratio, 1.2, of=f"step {EARLY}")
        size = both[0].page.bytes / max(both[0].page.frames, 1) / 1e3
        yield Row(f"{name}, its numbers", size, 4, size / 4, 1.0, unit="kB", of="limit")

    yield _landscape(max(20, 4 * rounds))


def _landscape(rounds: int) -> Row:
    runs = [descend("beale", steps=300), descend("beale", lrs=(0.001, 0.001), steps=50)]
    beale = find_landscape("beale")
    live = SceneView(
        lambda: {"map": landscape_chart(beale, runs)}, lambda: "a landscape", ActionQueue()
    )
    LivePage(live)
    took: list[float] = []
    for _ in range(rounds):
        runs[-1].run(3)
        begin = thread_time()
        live.refresh(final=False)
        took.append((thread_time() - begin) * 1e3)
    ours = statistics.median(took)
    return Row("a frame of a landscape", ours, FRAME, ours / FRAME, 1.0, of="limit")


def records(threads: int, rounds: int) -> Iterator[Row]:
    """Compare the memory of a record of 1,000 epochs to 50 MB."""
    run = Run(1000 * EPOCH)
    run.record.clear()
    gc.collect()
    tracemalloc.start()
    run.record.start(run.values)
    run.go_on(1000 * EPOCH)
    size = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    yield Row("a record of 1,000 epochs", size, 50, size / 50, 1.0, unit="MB", of="limit")
