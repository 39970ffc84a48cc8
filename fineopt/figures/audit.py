"""The figure of an audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matplotlib.figure import Figure

from ..scenes.charts.audit_ratios import ROWS, AuditRow, audit_chart, describe_audit
from .renderer.axes import add_axes
from .renderer.chinese import drawable_language
from .renderer.drawing import draw
from .renderer.picture import Picture
from .single import BOTTOM, RIGHT, ROW, TOP, Size

__all__ = ["audit_ratios"]

NAMES = 1.6  # inches at the left, for parameter names


class Audited(Protocol):
    """The report of an audit."""

    @property
    def rows(self) -> Sequence[AuditRow]:
        """What the next step does to each parameter."""


def audit_ratios(report: Audited, *, figsize: Size | None = None) -> Figure:
    """Draw how far the next step moves each parameter, relative to its norm, on a log axis.

    A ring at 0 is a parameter that stays to the bit; the reason stands beside it. Of more than 32
    parameters, the first 32 are shown.

    Args:
        report: what `fineopt.audit.audit` returns.
        figsize: in inches at 100 dpi.

    >>> from fineopt.audit import audit
    >>> from fineopt.models import LeNet
    >>> from fineopt.optimizer import SGD
    >>> net = LeNet()
    >>> audit_ratios(audit(net, SGD(net.parameters(), lr=0.1)))
    <Picture size 620x290 with 1 Axes>
    """
    rows = list(report.rows)
    width, height = figsize or (6.2, max(2.9, 0.8 + ROW * min(len(rows), ROWS)))
    with drawable_language():
        chart = audit_chart(rows)
    figure = Picture(lambda: describe_audit(rows), (width, height))
    draw(add_axes(figure, NAMES, BOTTOM, width - RIGHT, height - TOP), chart)
    return figure
