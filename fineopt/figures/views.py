"""The ways to look at the parameter that is watched."""

from __future__ import annotations

from typing import Literal, get_args

from matplotlib.axes import Axes

from .chart import Chart
from .digest import Digest
from .histogram_chart import HistogramChart
from .path_chart import PathChart
from .ratio_chart import RatioChart
from .trajectory_chart import TrajectoryChart

View = Literal["lines", "path", "ratio", "histogram"]


def check_view(view: str) -> None:
    """Raise ValueError if there is no such view.

    >>> check_view("lanes")
    Traceback (most recent call last):
    ValueError: there is no view 'lanes'; there are 'lines', 'path', 'ratio', 'histogram'
    """
    if view not in get_args(View):
        raise ValueError(
            f"there is no view {view!r}; there are {', '.join(map(repr, get_args(View)))}"
        )


def watched_chart(view: View, axes: Axes, digest: Digest, name: str, marks: bool) -> Chart:
    """Make the chart of a view."""
    if view == "lines":
        return TrajectoryChart(axes, digest, name, marks)
    if view == "path":
        return PathChart(axes, digest, name, marks)
    if view == "ratio":
        return RatioChart(axes, digest, name, marks, named=False)
    return HistogramChart(axes, digest, name)
