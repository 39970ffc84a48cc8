"""A landscape of two parameters, with the paths of runs over its contour lines."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fineopt.landscape import Landscape, Run, find_landscape

from ..scenes.alt_text import describe_runs
from ..scenes.charts.landscape import landscape_chart
from ..scenes.scene import Chart
from ..scenes.style import INK, SIZE, colour, ink
from .renderer.axes import LITERAL, add_axes
from .renderer.chinese import drawable_language
from .renderer.curves import POINT, SHAPES, draw_curves
from .renderer.picture import Picture

__all__ = ["landscape"]

FIGSIZE = (8.8, 5.0)
LEFT, RIGHT, TOP, BOTTOM = 0.6, 0.1, 0.3, 0.62  # margins in inches
LEGEND = 2.55  # inches at the right, for the legend of the runs
ENTRY = 0.56  # inches of a run's entry


def landscape(
    landscape: Landscape | str,
    runs: Run | Sequence[Run] = (),
    *,
    figsize: tuple[float, float] = FIGSIZE,
) -> Figure:
    """Draw a landscape's contour lines, its minima, and the paths of runs over them.

    Args:
        landscape: a landscape, or its name in `LANDSCAPES`.
        runs: a run on this landscape, as returned by `descend`, or a sequence of runs.
        figsize: in inches at 100 dpi.

    Raises:
        KeyError: if the name is unknown.
        ValueError: if a run is on another landscape.

    >>> from fineopt.landscape import descend
    >>> landscape("beale", [descend("beale"), descend("beale", lrs=(0.01, 0.01))])
    <Picture size 880x500 with 1 Axes>
    """
    chosen = find_landscape(landscape)
    all_runs = [runs] if isinstance(runs, Run) else list(runs)
    for i, run in enumerate(all_runs):
        if run.landscape is not chosen:
            raise ValueError(
                f"run {i} is on {run.landscape.name!r}, but the figure shows {chosen.name!r}"
            )
    width, height = figsize
    figure = Picture(lambda: describe_runs(chosen, all_runs), figsize)
    with drawable_language():
        chart = landscape_chart(chosen, all_runs)
    axes = add_axes(figure, LEFT, BOTTOM, width - LEGEND - RIGHT - 0.2, height - TOP)
    draw_curves(axes, chart)
    _draw_legend(figure, chart, width - LEGEND, height - TOP)
    return figure


def _draw_legend(figure: Figure, chart: Chart, left: float, top: float) -> None:
    """Draw as many entries as there is room for, those of the newest runs."""
    width, height = figure.get_size_inches()
    entries = chart["legend"]
    for row, entry in enumerate(entries[-max(1, int((top - 0.3) / ENTRY)) :]):
        y, tone = (top - row * ENTRY - 0.07) / height, colour(entry["group"])
        figure.add_artist(
            _sample([left / width, (left + 0.3) / width], y, tone, SHAPES[entry["shape"]])
        )
        style = {"va": "top", **LITERAL}
        figure.text((left + 0.38) / width, y + 0.012, entry["number"], fontsize=10,
                    fontweight="bold", color=ink(entry["group"]), **style)  # fmt: skip
        figure.text((left + 0.52) / width, y + 0.012, entry["text"], fontsize=SIZE, color=INK,
                    linespacing=1.25, **style)  # fmt: skip


def _sample(x: list[float], y: float, tone: str, shape: str) -> Line2D:
    middle = sum(x) / 2
    return Line2D(
        [x[0], middle, x[1]], [y] * 3, color=tone, lw=POINT * 2, marker=shape, ms=6, mew=0,
        markevery=[1],
    )  # fmt: skip
