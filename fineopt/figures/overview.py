"""The figures: one chart each, or the four of them side by side."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from fineopt.recorder import Record

from .alt_text import describe
from .charts.chart import Chart, Keys
from .charts.grad_sums import ROWS, GradChart, Which
from .charts.learning_rates import RateChart
from .charts.loss import LossChart
from .charts.trajectory import TrajectoryChart
from .picture import Picture
from .style import DPI, HEIGHT, WIDTH
from .summary import Digest
from .views import View, Watch, check_view, watched, watched_chart

Size = tuple[float, float]

# Margins in inches, so that a figure of any size keeps its words whole.
LEFT, RIGHT, TOP, BOTTOM = 0.66, 0.16, 0.3, 0.42
NAMES = 1.34  # left of the gradient sums, for parameters' names
BETWEEN = 0.72  # from one row of charts to the next
SMALLEST = 0.1  # the least side of axes
ROW = 0.145  # the least height of a parameter's row


def place(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Add axes whose edges are given in inches; where there is no room they are very small."""
    width, height = figure.get_size_inches()
    right, top = max(right, left + SMALLEST), max(top, bottom + SMALLEST)
    box = (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
    return figure.add_axes(box)


class Overview:
    """The four charts of a record on one figure, to be drawn once or live.

    Args:
        record: what to show.
        watch: the parameter to look at, or up to four; the first that is in a group, if None.
        view: how it is looked at: as ``'lines'`` of its numbers, as the ``'path'`` of them all, by
            the ``'ratio'`` of its steps to itself, or by the ``'histogram'`` of its numbers. Of
            several all are shown as lines, and the first alone otherwise.
        which: gradient sums over the ``'epoch'`` or of its ``'last'`` batch.
        marks: whether changes of an lr are marked.
        figsize: in inches at 100 dpi; by default as high as the number of parameters asks for.

    Raises:
        KeyError: if no parameter is called so.
        ValueError: if there is no such view, or for too many parameters.
    """

    def __init__(
        self,
        record: Record,
        watch: Watch | None = None,
        which: Which = "epoch",
        marks: bool = True,
        figsize: Size | None = None,
        view: View = "lines",
    ) -> None:
        check_view(view)
        names = record.parameters
        self.record, self.watched = record, watched(record, watch)
        upper = (HEIGHT - TOP - BETWEEN - BOTTOM) / 2
        lower = max(upper, ROW * min(len(names), ROWS))
        width, height = figsize or (WIDTH, HEIGHT + lower - upper)
        share = (height - TOP - BETWEEN - BOTTOM) / (upper + lower)
        first, second = height - TOP - share * upper, BOTTOM + share * lower
        middle, right = (width + LEFT - NAMES) / 2 - RIGHT, width - RIGHT
        left = middle + RIGHT + NAMES
        self.figure = Picture(lambda: describe(record, self.watched, view), (width, height))
        self.digest = Digest(record)

        def axes(left: float, bottom: float, right: float, top: float) -> Axes:
            return place(self.figure, left, bottom, right, top)

        digest = self.digest
        self.charts: tuple[Chart, ...] = (
            LossChart(axes(LEFT, first, middle, height - TOP), digest, marks),
            RateChart(axes(left, first, right, height - TOP), digest),
            watched_chart(view, axes(LEFT, BOTTOM, middle, second), digest, self.watched, marks),
            GradChart(axes(left, BOTTOM, right, second), digest, which, self.watched[0]),
        )
        self.update()

    def update(self) -> tuple[Keys, ...]:
        """Show the record as it is now; return the keys of each chart's layers."""
        return tuple(chart.update() for chart in self.charts)

    def cells(self) -> tuple[Bbox, ...]:
        """Return the part of the figure, in pixels, that each chart has to itself."""
        width, height = float(self.figure.bbox.width), float(self.figure.bbox.height)
        x = self.charts[0].axes.bbox.x1 + RIGHT * DPI
        y = self.charts[0].axes.bbox.y0 - BOTTOM * DPI
        x, y = round(x), round(y)
        return (
            Bbox.from_extents(0, y, x, height),
            Bbox.from_extents(x, y, width, height),
            Bbox.from_extents(0, 0, x, y),
            Bbox.from_extents(x, 0, width, y),
        )


def overview(
    record: Record,
    watch: Watch | None = None,
    *,
    view: View = "lines",
    which: Which = "epoch",
    marks: bool = True,
    figsize: Size | None = None,
) -> Figure:
    """Draw loss, learning rates, a view of a parameter or several, and gradient sums.

    The arguments are those of `Overview`; a live panel shows the very same picture.

    >>> record = Record({'w': 0}, ['all'])
    >>> overview(record).get_size_inches()
    array([8.8, 5.6])
    """
    return Overview(record, watch, which, marks, figsize, view).figure


def loss(record: Record, *, marks: bool = True, figsize: Size = (4.6, 2.9)) -> Figure:
    """Draw each step's loss, its running mean, and marks where a group's lr changed."""
    return single(record, figsize, LEFT, lambda axes, digest: LossChart(axes, digest, marks))


def learning_rates(record: Record, *, figsize: Size = (4.6, 2.9)) -> Figure:
    """Draw the lr of each group on a log axis with a place for 0."""
    return single(record, figsize, LEFT, RateChart)


def trajectory(
    record: Record, names: Watch, *, marks: bool = True, figsize: Size = (4.6, 2.9)
) -> Figure:
    """Draw the kept elements of a parameter, or of up to four, over the run.

    Raises:
        KeyError: if no parameter is called so.
        ValueError: for no parameter, or too many.

    >>> trajectory(Record({'conv.weight': 0, 'fc.weight': 1}, ['conv', 'fc']),
    ...            ['conv.weight', 'fc.weight'])
    <Picture size 460x290 with 1 Axes>
    """
    return single(
        record,
        figsize,
        LEFT,
        lambda axes, digest: TrajectoryChart(axes, digest, names, marks, worded=True),
        words=lambda: describe(record, names),
    )


def grad_sums(
    record: Record,
    which: Which = "epoch",
    *,
    watch: str | None = None,
    figsize: Size | None = None,
) -> Figure:
    """Draw the gradient sums of every parameter, over each epoch or of its last batch.

    Of more than 32 parameters 32 are shown, those about ``watch``.

    Raises:
        ValueError: if ``which`` is neither ``'epoch'`` nor ``'last'``.
        KeyError: if no parameter is called ``watch``.
    """
    if watch is not None:
        record.check_parameter(watch)
    size = figsize or (5.3, max(2.9, 0.8 + ROW * min(len(record.parameters), ROWS)))
    return single(record, size, NAMES, lambda axes, digest: GradChart(axes, digest, which, watch))


def single(
    record: Record,
    figsize: Size,
    left: float,
    chart: Callable[[Axes, Digest], Chart],
    right: float = RIGHT,
    words: Callable[[], str] | None = None,
) -> Figure:
    """Draw one chart, with margins in inches at its left and right, and words of its own."""
    figure = Picture(words or (lambda: describe(record)), figsize)
    width, height = figsize
    axes = place(figure, left, BOTTOM, width - right, height - TOP)
    chart(axes, Digest(record)).update()
    return figure
