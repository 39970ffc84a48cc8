"""Draws a chart on axes."""

from __future__ import annotations

from matplotlib.axes import Axes

from ...scenes.scene import Chart
from .cells import draw_cells
from .curves import draw_curves

__all__ = ["draw"]


def draw(axes: Axes, chart: Chart) -> None:
    """Draw a chart of any kind."""
    if chart["kind"] == "cells":
        draw_cells(axes, chart)
    else:
        draw_curves(axes, chart)
