"""Four charts of a record in one figure."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from fineopt.recorder import Record

from ..scenes.alt_text import describe
from ..scenes.style import DPI, HEIGHT, WIDTH
from ..scenes.summary import Summary
from ..scenes.views import View, Watch, check_view, watched_names
from .charts.chart import Chart, LayerKeys
from .charts.grad_sums import ROWS, GradChart, Which
from .charts.histogram import HistogramChart
from .charts.learning_rates import RateChart
from .charts.loss import LossChart
from .charts.path import PathChart
from .charts.trajectory import TrajectoryChart
from .charts.update_ratios import RatioChart
from .rendering.axes import place
from .rendering.picture import Picture
from .single import BOTTOM, LEFT, NAMES, RIGHT, ROW, TOP, Size

BETWEEN = 0.72  # inches from one row of charts to the next


class Overview:
    """The four charts of a record in one figure, drawn once or live.

    Args:
        record: the record to show.
        watch: the parameter to watch, or up to four; if None, the first that is in a group.
        view: how to show it: as ``'lines'`` of its elements, as the ``'path'`` of all of them, by
            the ``'ratio'`` of its updates to itself, or by the ``'histogram'`` of its elements.
            If there are two or more, ``'lines'`` shows all and the other views only the first.
        which: gradient sums over the ``'epoch'`` or of its ``'last'`` batch.
        marks: whether to mark changes of a learning rate.
        figsize: in inches at 100 dpi; by default, the height depends on the number of parameters.

    Raises:
        KeyError: if a parameter is unknown.
        ValueError: if the view is unknown, or if there are too many parameters.
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
        self.record, self.watched = record, watched_names(record, watch)
        upper = (HEIGHT - TOP - BETWEEN - BOTTOM) / 2
        lower = max(upper, ROW * min(len(record.parameters), ROWS))
        width, height = figsize or (WIDTH, HEIGHT + lower - upper)
        share = (height - TOP - BETWEEN - BOTTOM) / (upper + lower)
        first, second = height - TOP - share * upper, BOTTOM + share * lower
        middle, right = (width + LEFT - NAMES) / 2 - RIGHT, width - RIGHT
        left = middle + RIGHT + NAMES
        self.figure = Picture(lambda: describe(record, self.watched, view), (width, height))
        self.summary = summary = Summary(record)

        def axes(left: float, bottom: float, right: float, top: float) -> Axes:
            return place(self.figure, left, bottom, right, top)

        self.charts: tuple[Chart, ...] = (
            LossChart(axes(LEFT, first, middle, height - TOP), summary, marks),
            RateChart(axes(left, first, right, height - TOP), summary),
            _watched_chart(view, axes(LEFT, BOTTOM, middle, second), summary, self.watched, marks),
            GradChart(axes(left, BOTTOM, right, second), summary, which, self.watched[0]),
        )
        self.update()

    def update(self) -> tuple[LayerKeys, ...]:
        """Show the current state of the record; return the keys of each chart's layers."""
        return tuple(chart.update() for chart in self.charts)

    def cells(self) -> tuple[Bbox, ...]:
        """Return the part of the figure, in pixels, that belongs to each chart."""
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
    """Draw the loss, the learning rates, the watched parameters, and the gradient sums.

    The arguments are those of `Overview`. A live panel shows the same picture.

    >>> record = Record({'w': 0}, ['all'])
    >>> overview(record).get_size_inches()
    array([8.8, 5.6])
    """
    return Overview(record, watch, which, marks, figsize, view).figure


def _watched_chart(
    view: View, axes: Axes, summary: Summary, names: Sequence[str], marks: bool
) -> Chart:
    if view == "lines":
        return TrajectoryChart(axes, summary, names, marks)
    if view == "path":
        return PathChart(axes, summary, names[0], marks)
    if view == "ratio":
        return RatioChart(axes, summary, names[0], marks, named=False)
    return HistogramChart(axes, summary, names[0])
