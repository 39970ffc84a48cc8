"""Four charts of a record in one figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.figure import Figure

from fineopt.recorder import Record

from ..scenes.alt_text import describe
from ..scenes.charts.grad_sums import ROWS, Which
from ..scenes.run_scene import run_scene
from ..scenes.scene import Scene
from ..scenes.style import HEIGHT, WIDTH
from ..scenes.summary import Summary
from ..scenes.views import View, Watch, watched_names
from ..timeline import Timeline
from .branches import overview_of_branches
from .renderer.axes import add_axes
from .renderer.chinese import drawable_language
from .renderer.drawing import draw
from .renderer.picture import Picture
from .single import BOTTOM, LEFT, NAMES, RIGHT, ROW, TOP, Size

__all__ = ["draw_scene", "overview"]

BETWEEN = 0.72  # inches from one row of charts to the next


def overview(
    record: Record | Timeline,
    watch: Watch | None = None,
    *,
    view: View = "lines",
    which: Which | None = None,
    marks: bool = True,
    branches: Sequence[str] | None = None,
    figsize: Size | None = None,
) -> Figure:
    """Draw the loss, the learning rates, the watched parameters, and the gradient sums.

    A live panel shows the same scene. Of a timeline the branches are drawn over one another, each
    from its fork on: they have their own dashes, and the colours are those of the groups.

    Args:
        record: the record to show, or a timeline, whose results of each epoch take the place of the
            gradient sums.
        watch: the parameter to watch, or up to four; if None, the first that is in a group.
        view: how to show it: as ``'lines'`` of its elements, as the ``'path'`` of all of them, by
            the ``'ratio'`` of its updates to itself, or by the ``'histogram'`` of its elements.
            If there are two or more, ``'lines'`` shows all and the other views only the first.
        which: gradient sums over the ``'epoch'`` (if None) or of its ``'last'`` batch.
            Of a timeline, those of each branch are added below if it is given.
        marks: whether to mark changes of a learning rate.
        branches: of a timeline, the names of those to draw; all if None.
        figsize: in inches at 100 dpi; if None, as high as the rows of parameters need.

    Raises:
        KeyError: if a parameter is unknown.
        ValueError: if ``which`` or the view is unknown, or if there are too many parameters.

    >>> record = Record({'w': 0}, ['all'])
    >>> overview(record).get_size_inches()
    array([8.8, 5.6])
    """
    if isinstance(record, Timeline):
        return overview_of_branches(
            record, watch, branches, figsize, view=view, which=which, marks=marks
        )
    names = watched_names(record, watch)
    with drawable_language():
        scene = run_scene(Summary(record), names, view=view, which=which or "epoch", marks=marks)
    rows = min(len(record.parameters), ROWS)
    return draw_scene(scene, lambda: describe(record, names, view), rows, figsize)


def draw_scene(
    scene: Scene, words: Callable[[], str], rows: int, figsize: Size | None = None
) -> Figure:
    """Draw the charts of a run, or some of them, side by side and in two lines if they are many.

    Args:
        scene: of the run, with at least one chart.
        words: describes it.
        rows: how many rows of parameters it has.
        figsize: in inches at 100 dpi; if None, as high as the rows need.
    """
    columns, lines = min(len(scene), 2), (len(scene) + 1) // 2
    table = any(chart["kind"] == "cells" for chart in scene.values())
    line = max(HEIGHT / 2, table * (ROW * rows + TOP + BOTTOM))
    width, height = figsize or (WIDTH, lines * line)
    figure = Picture(words, (width, height))
    wide, tall = width / columns, (height - TOP - BOTTOM - (lines - 1) * BETWEEN) / lines
    for i, chart in enumerate(scene.values()):
        left = i % columns * wide
        bottom = BOTTOM + (lines - 1 - i // columns) * (tall + BETWEEN)
        margin = NAMES if chart["kind"] == "cells" else LEFT
        right = left + wide - RIGHT
        draw(add_axes(figure, left + margin, bottom, right, bottom + tall), chart)
    return figure
