"""Which parameters are watched, and the ways to look at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from matplotlib.axes import Axes

from fineopt.recorder import Record

from .charts.chart import Chart
from .charts.histogram import HistogramChart
from .charts.path import PathChart
from .charts.trajectory import TrajectoryChart, check_names
from .charts.update_ratios import RatioChart
from .summary import Digest

View = Literal["lines", "path", "ratio", "histogram"]
Watch = str | Sequence[str]


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


def watched(record: Record, watch: Watch | None = None) -> tuple[str, ...]:
    """Return the names of the parameters to look at; the first one that is in a group, if None.

    Raises:
        KeyError: if no parameter is called so.
        ValueError: for none at all, or for more than can be told apart.

    >>> record = Record({'a': None, 'b': 0, 'c': 0}, ['all'])
    >>> watched(record), watched(record, 'c'), watched(record, ['c', 'a', 'c'])
    (('b',), ('c',), ('c', 'a'))
    """
    known = record.parameters
    if watch is None:
        return (next((n for n, group in known.items() if group is not None), next(iter(known))),)
    return check_names(record, watch)


def watched_chart(
    view: View, axes: Axes, digest: Digest, names: Sequence[str], marks: bool
) -> Chart:
    """Make the chart of a view: of all the names as lines, of the first one otherwise."""
    if view == "lines":
        return TrajectoryChart(axes, digest, names, marks)
    if view == "path":
        return PathChart(axes, digest, names[0], marks)
    if view == "ratio":
        return RatioChart(axes, digest, names[0], marks, named=False)
    return HistogramChart(axes, digest, names[0])
