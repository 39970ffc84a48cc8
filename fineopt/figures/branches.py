"""Figures of the branches of a timeline."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from ..errors import BadKeyError, suggestion
from ..language import list_names, say
from ..scenes.branches_scene import branches_scene
from ..scenes.charts.branches import Track, compare_chart
from ..scenes.charts.grad_sums import ROWS, Which, grad_chart
from ..scenes.scene import Chart
from ..scenes.style import DASHES, HEIGHT, WIDTH
from ..scenes.summary import Summary
from ..scenes.text import count_steps, elide
from ..scenes.views import View, Watch, watched_names
from ..timeline import Timeline
from .renderer.axes import add_axes
from .renderer.chinese import drawable_language
from .renderer.drawing import draw
from .renderer.picture import Picture
from .single import BOTTOM, LEFT, NAMES, RIGHT, ROW, TOP, Size

__all__ = ["compare", "overview_of_branches", "tracks_of"]

BETWEEN = 0.72  # inches from one row of charts to the next


def tracks_of(timeline: Timeline, branches: Sequence[str] | None = None) -> list[Track]:
    """Return the branches to draw; the first of them from its start, others from their forks.

    Raises:
        KeyError: if there is no such branch.
        ValueError: if there is none to draw.
    """
    known = timeline.branches
    names = list(known) if branches is None else list(branches)
    if not names:
        raise ValueError("there is no branch to draw")
    tracks = list[Track]()
    for name in names:
        if name not in known:
            raise BadKeyError(f"there is no branch {name!r}: {suggestion(name, known)}")
        branch = known[name]
        # its beginning is drawn too, unless the branch that has it is
        drawn = branch.parent is not None and branch.parent.name in names and branch.fork
        fork = branch.fork.steps if drawn and branch.fork else 0
        tracks.append(Track(name, branch.record, fork, len(tracks) % len(DASHES)))
    return tracks


def compare(
    timeline: Timeline,
    name: str,
    *,
    branches: Sequence[str] | None = None,
    figsize: Size = (6.2, 3.4),
) -> Figure:
    """Draw elements of a parameter on all branches over one another.

    Each branch is drawn from its fork on, and has its own dashes; the colour is the group's.

    Args:
        timeline: whose branches.
        name: of the parameter.
        branches: the names of those to draw; all if None.
        figsize: in inches at 100 dpi.

    Raises:
        KeyError: if the parameter or a branch is unknown.
        ValueError: if there is no branch to draw.
    """
    tracks = tracks_of(timeline, branches)
    with drawable_language():
        made = compare_chart(tracks, name)  # may raise, before anything is drawn
    figure = Picture(lambda: _describe(tracks, name), figsize)
    width, height = figsize
    draw(add_axes(figure, LEFT, BOTTOM, width - RIGHT, height - TOP), made)
    return figure


def overview_of_branches(
    timeline: Timeline,
    watch: Watch | None,
    branches: Sequence[str] | None,
    figsize: Size | None,
    *,
    view: View = "lines",
    which: Which | None = None,
    marks: bool = True,
) -> Figure:
    """Draw loss, learning rates, a parameter and each epoch's result, of all branches.

    Below them are the gradient sums of each branch if `which` says of what.
    """
    tracks = tracks_of(timeline, branches)
    name = watched_names(tracks[0].record, watch)[0]
    with drawable_language():
        charts = list(branches_scene(tracks, name, view, marks).values())
        if which is not None:
            charts += [_sums(track, which, name) for track in tracks]
    rows = -(-len(charts) // 2)
    tall = max(ROW * min(len(tracks[0].record.parameters), ROWS) - TOP, 1.0)
    width, height = figsize or (WIDTH, HEIGHT + (rows - 2) * (tall + BETWEEN + TOP))
    figure = Picture(lambda: _describe(tracks, name), (width, height))
    half, middle = width / 2, (height - TOP - BOTTOM - (rows - 1) * BETWEEN) / rows
    for i, chart in enumerate(charts):
        bottom = BOTTOM + (rows - 1 - i // 2) * (middle + BETWEEN)
        side = half if i % 2 else 0.0
        left = side + (NAMES if chart["kind"] == "cells" else LEFT)
        draw(add_axes(figure, left, bottom, side + half - RIGHT, bottom + middle), chart)
    return figure


def _sums(track: Track, which: Which, name: str) -> Chart:
    """Return the gradient sums of a branch, under its name."""
    chart = grad_chart(Summary(track.record), which, name)
    return {**chart, "title": f"{elide(track.name, 20)}: {chart['title'].lower()}"}


def _describe(tracks: Sequence[Track], name: str) -> str:
    """Describe the branches, as alt text."""
    said = []
    for track in tracks:
        record = track.record
        place = say(", from step {step:,}", step=track.fork) if track.fork else ""
        loss = say(", last loss {loss:.3g}", loss=float(record.loss[-1])) if record.steps else ""
        steps = count_steps(record.steps)
        said.append(
            say(
                "{name}{place}: {steps}{loss}", name=track.name, place=place, steps=steps, loss=loss
            )
        )
    return say(
        "{count} branches. {branches}. Shown: {name}.",
        count=len(tracks),
        branches=list_names(said, between=say("; ")),
        name=name,
    )
