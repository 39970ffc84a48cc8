"""Detailed figures of parameters: paths, update ratios, and histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from fineopt.errors import BadKeyError, suggestion
from fineopt.recorder import Record

from ..scenes.alt_text import describe
from ..scenes.charts.histogram import histogram_chart
from ..scenes.charts.path import path_chart
from ..scenes.charts.update_ratios import ratio_chart
from ..scenes.summary import Summary
from .renderer.axes import add_axes
from .renderer.chinese import drawable_language
from .renderer.drawing import draw
from .renderer.picture import Picture
from .single import BOTTOM, LEFT, RIGHT, TOP, Size, single

MOST = 6  # parameters in one figure of histograms
NAMES = 1.5  # inches at the right, for parameter names


def path(record: Record, name: str, *, marks: bool = True, figsize: Size = (4.6, 2.9)) -> Figure:
    """Draw the path of a parameter along its two leading principal directions.

    The path is that of the recorded elements, whose number is in the title. The share of their
    variance along each direction is shown below. Both axes have the same scale.

    Raises:
        KeyError: if the parameter is unknown.

    >>> path(Record({'w': 0}, ['all']), 'w')
    <Picture size 460x290 with 1 Axes>
    """
    return single(
        record,
        figsize,
        LEFT,
        lambda summary: path_chart(summary, name, marks=marks),
        alt=lambda: describe(record, name, "path"),
    )


def update_ratios(
    record: Record,
    watch: str | None = None,
    *,
    marks: bool = True,
    figsize: Size = (8.8, 3.8),
) -> Figure:
    """Draw the update ratio of each parameter: the norm of its update over its own norm.

    The lines are running medians of nine measured steps. While no bit of a parameter changes, its
    line is dotted, in the place for 0. Of more than 16 parameters, 16 are shown, around ``watch``.

    Args:
        record: the record to show.
        watch: a parameter to emphasize.
        marks: whether to mark changes of a learning rate.
        figsize: in inches at 100 dpi.

    Raises:
        KeyError: if ``watch`` is unknown.

    >>> update_ratios(Record({'w': 0}, ['all']))
    <Picture size 880x380 with 1 Axes>
    """
    return single(
        record,
        figsize,
        LEFT,
        lambda summary: ratio_chart(summary, watch, marks=marks),
        NAMES,
        alt=lambda: describe(record, watch, "ratio"),
    )


def histograms(
    values: Record | Mapping[str, ArrayLike],
    names: str | Sequence[str] | None = None,
    *,
    figsize: Size | None = None,
) -> Figure:
    """Draw histograms of parameters, and of their gradients, over a run.

    Args:
        values: a record, or arrays by name, such as ``dict(net.named_parameters())``.
        names: names of parameters, or of layers, which stand for all their parameters; at most six
            parameters are drawn. If None, the first six.
        figsize: in inches at 100 dpi; if None, each row of charts is 2.5 inches high.

    Raises:
        KeyError: if a parameter or layer is unknown.

    >>> histograms({'fc.bias': [0.1, 0.2], 'fc.weight': [[1.0, 2.0]], 'other': [3.0]}, 'fc')
    <Picture size 460x500 with 2 Axes>
    """
    record = values if isinstance(values, Record) else _record_of(values)
    chosen = _parameters(list(record.parameters), names)[:MOST]
    graded = any(record.histograms(name, gradients=True) for name in chosen)
    columns = 2 if graded else 1
    width, height = figsize or (4.4 * columns + 0.2 * (columns == 1), 2.5 * max(len(chosen), 1))
    figure = Picture(lambda: describe(record), (width, height))
    summary = Summary(record)
    tall, wide = height / max(len(chosen), 1), width / columns
    for row, name in enumerate(chosen):
        for column in range(columns):
            left, bottom = column * wide, height - (row + 1) * tall
            axes = add_axes(
                figure, left + LEFT, bottom + BOTTOM, left + wide - RIGHT, bottom + tall - TOP
            )
            with drawable_language():
                chart = histogram_chart(summary, name, gradients=column == 1)
            draw(axes, chart)
    return figure


def _parameters(known: Sequence[str], names: str | Sequence[str] | None) -> list[str]:
    """Return the parameters that names of parameters and layers stand for, without duplicates."""
    if names is None:
        return list(known[:MOST])
    found: list[str] = []
    for name in [names] if isinstance(names, str) else names:
        of_it = [other for other in known if other == name or other.startswith(f"{name}.")]
        if not of_it:
            hint = suggestion(name, known)
            raise BadKeyError(f"no parameter or layer {name!r} is recorded: {hint}")
        found += [other for other in of_it if other not in found]
    return found


def _record_of(values: Mapping[str, ArrayLike]) -> Record:
    record = Record(dict.fromkeys(values, 0), ["values"])
    record.start({name: np.asarray(array) for name, array in values.items()})
    return record
