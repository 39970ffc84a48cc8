"""Curves in pieces: finished pieces are kept, without visible seams."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fineopt.figures import LiveFigure, overview
from fineopt.figures.rendering.curves import PIECE, SLACK, Area, Curve, Curves
from fineopt.recorder import Record
from tests.figures.samples import drawn, fresh, frozen_after_3, pixels, train


def axes() -> Axes:
    figure = Figure(figsize=(4.0, 3.0), dpi=100)
    FigureCanvasAgg(figure)
    made = figure.add_axes((0, 0, 1, 1))
    made.set(xlim=(0, 300), ylim=(-2, 2))
    made.set_axis_off()
    return made


def picture(axes: Axes) -> np.ndarray:
    canvas = axes.figure.canvas
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()).astype(int)  # type: ignore[attr-defined]


X = np.arange(0.3, 300, 0.75)  # points between pixels
Y = np.sin(X / 20)


@pytest.mark.parametrize("dash", ["solid", (0, (6, 1.5))])
def test_a_line_has_no_seams(dash: str | tuple[float, tuple[float, ...]]) -> None:
    whole, pieces = axes(), axes()
    style: dict[str, object] = {"linestyle": dash, "color": "#0072b2", "linewidth": 2.0}
    whole.plot(X, Y, solid_capstyle="round", **style)  # type: ignore[arg-type]
    Curves(pieces, 1).add(Curve("#0072b2", 2.0, dash)).set(X, Y)
    difference = np.abs(picture(whole) - picture(pieces)).max(axis=2)
    # Edges that two pieces share are a little darker; with dashes that do not go on it is 0.02.
    assert (difference > 64).mean() < 0.0005
    assert picture(pieces).min() < 5


def test_an_area_has_no_seams_and_has_gaps_where_numbers_are_missing() -> None:
    drawn = axes()
    low = np.where((X > 100) & (X < 120), np.nan, -1.0)
    area = Area("#808080")
    Curves(drawn, 1).add(area).set(X, low, -low)
    inside = picture(drawn)[100:200, :, 0]
    columns = np.flatnonzero((inside == 128).all(axis=0)) * 0.75
    gap = (columns > 100) & (columns < 120)
    assert gap.sum() == 0
    assert (inside == 255).all(axis=0).sum() > 20
    assert len(columns) > 365  # all but the gap's: no seam at the edge of a piece


def test_no_piece_hides_what_lies_above_the_one_before() -> None:
    drawn = axes()
    curves = Curves(drawn, 1)
    curves.add(Area("#808080")).set(X, -1 + 0 * X, 1 + 0 * X)
    curves.add(Curve("#000000", 2.0)).set(X, 0.2 * Y)
    assert (picture(drawn)[:, 2:-2, 0].min(axis=0) < 10).all()


def moving(live: LiveFigure) -> int:
    return sum(chart.curves.drawn for chart in live.overview.charts)


def assert_same(live: LiveFigure, record: Record, view: str) -> None:
    figure = overview(record, "fc1.weight", view=view)  # type: ignore[arg-type]
    np.testing.assert_array_equal(pixels(live), drawn(figure))


@pytest.mark.parametrize("view", ["lines", "ratio"])
def test_a_frame_draws_only_the_last_pieces(view: str) -> None:
    record = train(fresh(), 4 * PIECE + SLACK + 4, frozen_after_3)
    live = LiveFigure(record, "fc1.weight", view=view)  # type: ignore[arg-type]
    live.update()
    for _ in range(3):
        train(record, 1, frozen_after_3)
        before = moving(live)
        live.update()
        assert moving(live) - before <= 2 * 2  # the loss and the watched parameter
        assert_same(live, record, view)


def change_points(record: Record, live: LiveFigure) -> None:
    """Make the summary merge its buckets."""
    train(record, 6 * PIECE, frozen_after_3)


def change_axes(record: Record, live: LiveFigure) -> None:
    train(record, 1, frozen_after_3, loss=lambda step: 4.0)


def change_words(record: Record, live: LiveFigure) -> None:
    train(record, 1, lambda step: (0.5, 0.5))


@pytest.mark.parametrize("change", [change_points, change_axes, change_words])
def test_all_pieces_are_redrawn_after_a_change_below_or_before(
    change: Callable[[Record, LiveFigure], None],
) -> None:
    record = train(fresh(), 3 * PIECE, frozen_after_3)
    live = LiveFigure(record, "fc1.weight")
    live.update()
    change(record, live)
    before = live.overview.charts[0].curves.drawn
    live.update()
    assert live.overview.charts[0].curves.drawn - before > 2
    assert_same(live, record, "lines")
