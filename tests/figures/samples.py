"""Records like those of a small training run, and the pixels of figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from fineopt.recorder import Record

SHAPES = {
    "classifer.bias": (4,),
    "conv1.bias": (1, 2, 1, 1),
    "conv1.weight": (2, 1, 3, 3),
    "fc1.weight": (4, 4),
}
GROUPS = {name: 0 if name.startswith("conv") else 1 for name in SHAPES}
EPOCH = 10  # steps
Rates = Callable[[int], tuple[float, ...]]


def fresh(epoch: int | None = EPOCH) -> Record:
    return Record(GROUPS, ["conv", "fc"], steps_per_epoch=epoch, keep=16)


def steady(step: int) -> tuple[float, ...]:
    return 0.05, 0.01


def frozen_after_3(step: int) -> tuple[float, ...]:
    """As in the document: fc is frozen after three epochs, conv slows down after four."""
    return 0.05 if step < 4 * EPOCH else 0.02, 0.01 if step < 3 * EPOCH else 0.0


def train(
    record: Record,
    steps: int,
    rates: Rates = steady,
    detached: Callable[[str, int], bool] = lambda name, step: False,
    loss: Callable[[int], float] = lambda step: 2.5 / (1 + step / 20),
) -> Record:
    """Continue a record, with random numbers that depend only on the step."""
    random = np.random.RandomState(record.steps)
    if not record.started:
        record.start({name: np.zeros(shape) for name, shape in SHAPES.items()})
    last = {name: record.trajectory(name)[-1] for name in SHAPES}
    for step in range(record.steps, record.steps + steps):
        lr = rates(step)
        grads, values = {}, {}
        for name, shape in SHAPES.items():
            sign = 1 if name == "conv1.bias" else -1
            grads[name] = None if detached(name, step) else np.full(shape, sign * 0.1)
            if grads[name] is not None and lr[GROUPS[name]]:
                last[name] = last[name] + lr[GROUPS[name]] * random.randn(len(last[name]))
            values[name] = np.resize(last[name], shape)
        record.add_step(loss(step), lr, values, grads)
        if record.steps % EPOCH == 0:
            record.end_epoch(0.9)
    return record


def layer(epochs: int = 9) -> Record:
    """Record a layer whose bias has a gradient only in the first epoch."""
    record, random = Record({"fc.bias": 0, "fc.weight": 0}, ["all"]), np.random.RandomState(0)
    values = {"fc.bias": np.zeros(4), "fc.weight": random.randn(30, 20)}
    record.start(values)
    for epoch in range(epochs):
        values = {name: value + 0.1 for name, value in values.items()}
        grads = {"fc.bias": None if epoch else np.ones(4), "fc.weight": random.randn(30, 20)}
        record.add_step(1.0, [0.1], values, grads)
        record.end_epoch(None, values, grads)
    return record


def drawn(figure: Figure) -> np.ndarray:
    """A figure's pixels."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]


def title_extent(figure: Figure, title: str) -> BboxBase:
    """The box of a title, in pixels."""
    (text,) = (text for text in figure.findobj(Text) if text.get_text() == title)  # type: ignore[attr-defined]
    box: BboxBase = text.get_window_extent()
    return box
