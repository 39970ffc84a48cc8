"""Figures of one chart each."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from fineopt.recorder import Record

from ..scenes.alt_text import describe
from ..scenes.charts.grad_sums import ROWS, Which, grad_chart
from ..scenes.charts.learning_rates import rate_chart
from ..scenes.charts.loss import loss_chart
from ..scenes.charts.trajectory import trajectory_chart
from ..scenes.scene import Chart
from ..scenes.summary import Summary
from ..scenes.views import Watch
from .renderer.axes import add_axes
from .renderer.chinese import drawable_language
from .renderer.drawing import draw
from .renderer.picture import Picture

Size = tuple[float, float]

# Margins in inches, so that text fits in a figure of any size.
LEFT, RIGHT, TOP, BOTTOM = 0.66, 0.16, 0.3, 0.42
NAMES = 1.34  # left of the gradient sums, for parameter names
ROW = 0.19  # the minimum height of a parameter's row


def single(
    record: Record,
    figsize: Size,
    left: float,
    chart: Callable[[Summary], Chart],
    right: float = RIGHT,
    alt: Callable[[], str] | None = None,
) -> Figure:
    """Draw one chart, with its margins at the left and right in inches, and its alt text."""
    with drawable_language():
        made = chart(Summary(record))  # may raise, before anything is drawn
    figure = Picture(alt or (lambda: describe(record)), figsize)
    width, height = figsize
    draw(add_axes(figure, left, BOTTOM, width - right, height - TOP), made)
    return figure


def loss(record: Record, *, marks: bool = True, figsize: Size = (4.6, 2.9)) -> Figure:
    """Draw the loss of each step, its running mean, and marks where an lr changed."""
    return single(record, figsize, LEFT, lambda summary: loss_chart(summary, marks=marks))


def learning_rates(record: Record, *, figsize: Size = (4.6, 2.9)) -> Figure:
    """Draw the lr of each group on a log axis with a place for 0."""
    return single(record, figsize, LEFT, rate_chart)


def trajectory(
    record: Record, names: Watch, *, marks: bool = True, figsize: Size = (4.6, 2.9)
) -> Figure:
    """Draw the recorded elements of a parameter, or of up to four, over the run.

    Raises:
        KeyError: if a parameter is unknown.
        ValueError: if there are no parameters, or too many.

    >>> trajectory(Record({'conv.weight': 0, 'fc.weight': 1}, ['conv', 'fc']),
    ...            ['conv.weight', 'fc.weight'])
    <Picture size 460x290 with 1 Axes>
    """
    return single(
        record,
        figsize,
        LEFT,
        lambda summary: trajectory_chart(summary, names, marks=marks, worded=True),
        alt=lambda: describe(record, names),
    )


def grad_sums(
    record: Record,
    which: Which = "epoch",
    *,
    watch: str | None = None,
    figsize: Size | None = None,
) -> Figure:
    """Draw the gradient sums of all parameters, over each epoch or of its last batch.

    Of more than 32 parameters, 32 are shown, around ``watch``.

    Raises:
        ValueError: if ``which`` is neither ``'epoch'`` nor ``'last'``.
        KeyError: if ``watch`` is unknown.
    """
    size = figsize or (5.3, max(2.9, 0.8 + ROW * min(len(record.parameters), ROWS)))
    return single(record, size, NAMES, lambda summary: grad_chart(summary, which, watch))
