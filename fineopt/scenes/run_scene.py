"""The four charts of a run as one scene."""

from __future__ import annotations

from collections.abc import Sequence

from .charts.grad_sums import Which, grad_chart
from .charts.histogram import histogram_chart
from .charts.learning_rates import rate_chart
from .charts.loss import loss_chart
from .charts.path import path_chart
from .charts.trajectory import trajectory_chart
from .charts.update_ratios import ratio_chart
from .scene import Chart, Scene
from .summary import Summary
from .views import View, check_view

__all__ = ["CHARTS", "check_charts", "run_scene", "watched_chart"]

CHARTS = ("loss", "rate", "watched", "grad")


def check_charts(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of some of the charts; raise ValueError if there is no such chart.

    >>> check_charts(["loss", "grad"])
    ('loss', 'grad')
    """
    for name in [names] if isinstance(names, str) else names:
        if name not in CHARTS:
            raise ValueError(f"unknown chart {name!r}; expected some of {', '.join(CHARTS)}")
    return (names,) if isinstance(names, str) else tuple(names)


def run_scene(
    summary: Summary,
    watch: Sequence[str],
    *,
    view: View = "lines",
    which: Which = "epoch",
    marks: bool = True,
) -> Scene:
    """Return the loss, the learning rates, the watched parameters, and the gradient sums.

    Args:
        summary: of the record, updated.
        watch: the watched parameters, up to four.
        view: how to show them; all views but ``'lines'`` show only the first.
        which: gradient sums over the ``'epoch'`` or of its ``'last'`` batch.
        marks: whether to mark changes of a learning rate.

    >>> from fineopt.recorder import Record
    >>> scene = run_scene(Summary(Record({"w": 0}, ["all"])), ["w"])
    >>> [chart["title"] for chart in scene.values()]
    ['Loss', 'Learning rate per group', 'Trajectory of w', 'Grad sum per epoch']
    """
    check_view(view)
    ended = summary.record.epochs, which, watch[0]
    return {
        "loss": loss_chart(summary, marks=marks),
        "rate": rate_chart(summary),
        "watched": watched_chart(summary, watch, view, marks),
        "grad": summary.once("grad", ended, lambda: grad_chart(summary, which, watch[0])),
    }


def watched_chart(summary: Summary, names: Sequence[str], view: View, marks: bool) -> Chart:
    """Return a chart of the watched parameters in a view."""
    if view == "lines":
        return trajectory_chart(summary, names, marks=marks)
    if view == "path":
        return path_chart(summary, names[0], marks=marks)
    if view == "ratio":
        return ratio_chart(summary, names[0], marks=marks, named=False)
    record, name = summary.record, names[0]
    ended = record.epochs, record.started, record.steps > 0, name
    return summary.once("histogram", ended, lambda: histogram_chart(summary, name))
