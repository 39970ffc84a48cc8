"""Records of unusual names and numbers, and every chart of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

import numpy as np

from fineopt.recorder import Record
from fineopt.scenes import Chart, Summary, run_scene
from fineopt.scenes.charts.grad_sums import Which, grad_chart
from fineopt.scenes.charts.histogram import histogram_chart
from fineopt.scenes.charts.learning_rates import rate_chart
from fineopt.scenes.charts.loss import loss_chart
from fineopt.scenes.charts.path import path_chart
from fineopt.scenes.charts.trajectory import trajectory_chart
from fineopt.scenes.charts.update_ratios import ratio_chart
from fineopt.scenes.views import MAX_WATCHED, View

Numbers = Callable[[int], float]
NAMES = [
    "$^$", "a$b$c", "$a_b^c$", "\\frac{", "%s{0}{}", "<script>alert(1)</script>", "&amp;'\"",
    "a\nb", "a\tb", "😀", "卷积层", "שלום", "x" * 300, "", "_hidden", "a\\$b", "\x00\x07", " ",
    "</script><!--", "\u2028", "NaN", "Infinity",
]  # fmt: skip
EXTREMES = [
    0.0, -0.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 1.7e308, 5e-324, 1e-300, 1e16, 1e-7,
    3.5e38, 1e-45, -1.0,
]  # fmt: skip


def record_of(
    names: Mapping[str, int | None],
    groups: Sequence[str],
    steps: int = 6,
    shape: tuple[int, ...] = (3,),
    epoch: int | None = 2,
    loss: Numbers = lambda step: 1.0,
    lr: Numbers = lambda step: 0.1 if step < 3 else 0.0,
    value: Numbers = lambda step: 0.1 * step,
    grad: Numbers = lambda step: 0.5,
) -> Record:
    """Record a run of arbitrary losses, learning rates, values and gradients."""
    made = Record(names, groups, steps_per_epoch=epoch)
    made.start({name: np.zeros(shape) for name in names})
    for step in range(steps):
        now = {name: np.full(shape, value(step)) for name in names}
        grads = {name: np.full(shape, grad(step)) for name in names}
        made.add_step(loss(step), [lr(step)] * len(groups), now, grads)
        if epoch and made.steps % epoch == 0:
            made.end_epoch(0.5, now, grads)
    return made


def every_chart(record: Record) -> Iterator[Chart]:
    """Yield each chart of a record, in each of its forms."""
    names = list(record.parameters)
    summary = Summary(record)
    for view in get_args(View):
        yield from run_scene(summary, names[:1], view=view).values()
    for marks in (False, True):
        yield loss_chart(summary, marks=marks)
    yield rate_chart(summary)
    for count in range(1, min(len(names), MAX_WATCHED) + 1):
        yield trajectory_chart(summary, names[:count], worded=True)
    yield path_chart(summary, names[-1])
    for watch in (None, names[-1]):
        yield ratio_chart(summary, watch)
        for which in get_args(Which):
            yield grad_chart(summary, which, watch)
    for gradients in (False, True):
        yield histogram_chart(summary, names[0], gradients=gradients)
