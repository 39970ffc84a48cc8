"""Small records that tests write."""

from __future__ import annotations

import numpy as np

from fineopt.recorder import Record

SHAPES = {"conv.bias": (1, 3, 1, 1), "fc.weight": (5, 8), "loose": (2,)}


def values(step: int) -> dict[str, np.ndarray]:
    return {name: np.full(shape, float(step)) for name, shape in SHAPES.items()}


def record(**options: int) -> Record:
    made = Record({"conv.bias": 0, "fc.weight": 1, "loose": None}, ["conv", "fc"], **options)
    made.start(values(0))
    return made


def train(made: Record, steps: int, epoch: int = 0, lr: tuple[float, ...] = (0.1, 0.01)) -> Record:
    for _ in range(steps):
        step = made.steps + 1
        made.add_step(1 / step, lr, values(step), values(1))
        if epoch and step % epoch == 0:
            made.end_epoch()
    return made


def same(one: Record, other: Record) -> bool:
    a, b = one.to_dict(), other.to_dict()
    np.testing.assert_equal(a, b)
    return True


def walk(made: Record, steps: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Record random steps; return the expected ratio of each step."""
    random, ratios = np.random.RandomState(seed), {name: [] for name in made.parameters}
    before = {name: np.ones(made.shape(name)) for name in made.parameters}
    for _ in range(steps):
        now = {name: value + 0.01 * random.randn(*value.shape) for name, value in before.items()}
        for name, value in now.items():
            moved = np.linalg.norm(value - before[name])
            ratios[name].append(moved / np.linalg.norm(value))
        made.add_step(1.0, [0.1, 0.1], now, values(1))
        before = now
    return {name: np.array(row) for name, row in ratios.items()}


def full() -> Record:
    made = record()
    walk(made, 9)
    made.end_epoch(0.5, values(2), values(3))
    train(made, 4)
    made.end_epoch()
    return made
