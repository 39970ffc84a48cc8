"""A log axis with a place for 0 below a break."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from ...scenes.style import INK

BREAK = (0.76, 0.9)  # shares of the part kept for 0: the gap of the spine


def draw_broken_spine(axes: Axes, zero: float, slant: float) -> None:
    """Replace the left spine by one with a break.

    Args:
        axes: the axes.
        zero: the share of its height kept for 0 and the break.
        slant: half the height of the strokes at the break, as a share of ``zero``.
    """
    axes.spines["left"].set_visible(False)
    style: dict[str, Any] = {"transform": axes.transAxes, "color": INK, "linewidth": 0.8}
    for begin, end, y in ((0.0, BREAK[0], BREAK[0]), (BREAK[1], 1 / zero, BREAK[1])):
        axes.plot([0, 0], [zero * begin, zero * end], clip_on=False, **style)
        stroke = [zero * (y - slant), zero * (y + slant)]
        axes.plot([-0.012, 0.012], stroke, clip_on=False, **style)
