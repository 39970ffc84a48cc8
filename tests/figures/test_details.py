"""Paths, update ratios and histograms, by their artists' data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from fineopt import figures
from fineopt.figures import LiveFigure
from fineopt.figures.charts.directions import plane
from fineopt.figures.charts.histogram import HistogramChart, chosen, outline
from fineopt.figures.charts.path import PathChart
from fineopt.figures.charts.update_ratios import RatioChart
from fineopt.figures.overview import Overview
from fineopt.figures.style import COLOURS, SIZE
from fineopt.figures.summary import Summary
from fineopt.recorder import Histogram, Record
from tests.figures.samples import EPOCH, GROUPS, SHAPES, drawn, fresh, frozen_after_3, pixels, train

VIEWS = ("path", "ratio", "histogram")


def chart(record: Record, view: str, watch: str = "fc1.weight") -> object:
    return Overview(record, watch, view=view).charts[2]  # type: ignore[arg-type]


def path_chart(record: Record, watch: str = "fc1.weight") -> PathChart:
    made = chart(record, "path", watch)
    assert isinstance(made, PathChart)
    return made


def ratio_chart(record: Record, **options: object) -> RatioChart:
    live = Summary(record)
    figure = figures.update_ratios(record)
    made = RatioChart(figure.add_axes((0.1, 0.1, 0.6, 0.8)), live, **options)  # type: ignore[arg-type]
    made.update()
    return made


# ---- the plane ----


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(2, 40), width=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_plane_is_that_of_the_singular_values(rows: int, width: int, seed: int) -> None:
    values = np.random.RandomState(seed).randn(rows, width).cumsum(axis=0)
    found = plane(values)
    assert found is not None
    centred = values - values.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False) ** 2
    expected = np.r_[singular / singular.sum(), 0.0][:2]
    np.testing.assert_allclose(found.shares, expected, atol=1e-9)
    points = found.project(values)
    np.testing.assert_allclose(points[0], 0)
    assert (points.mean(axis=0) >= -1e-9).all()
    both = points - points.mean(axis=0)
    np.testing.assert_allclose(np.square(both).sum(axis=0), expected * singular.sum(), atol=1e-6)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_no_size_is_too_small_or_great_for_a_plane(scale: float) -> None:
    found = plane(scale * np.array([[0.0, 0, 0], [3, 4, 0], [6, 8, 1]]))
    assert found is not None
    assert found.shares[0] > 0.9


def test_what_stands_still_has_no_plane() -> None:
    assert plane(np.ones((5, 3))) is None
    assert plane(np.ones((1, 3))) is None


def test_a_growing_path_seldom_flips() -> None:
    flips = 0
    for seed in range(8):
        values, before = np.random.RandomState(seed).randn(300, 64).cumsum(axis=0), None
        for rows in range(5, 300, 3):
            found = plane(values[:rows])
            assert found is not None
            points = found.project(values[:rows])
            if before is not None:
                flips += int(((points[: len(before)] * before).sum(axis=0) < 0).sum())
            before = points
    assert flips <= 2  # of 1,500


# ---- the path ----


def test_a_path_leads_from_the_start_to_now() -> None:
    record = train(fresh(), 60, frozen_after_3)
    shown = path_chart(record)
    found = plane(record.trajectory("fc1.weight"))
    assert found is not None
    points = found.project(record.trajectory("fc1.weight"))
    segments = [part.points for part in shown.path]
    np.testing.assert_array_equal(segments[0][0], [0, 0])
    np.testing.assert_allclose(segments[-1][-1], points[-1])
    np.testing.assert_allclose(shown.end.points[0], points[-1])
    np.testing.assert_allclose(shown.epochs.points, points[EPOCH::EPOCH])
    assert to_hex(shown.path[-1].colour) == COLOURS[1]


def test_a_distance_is_as_long_along_both_axes() -> None:
    shown = path_chart(train(fresh(), 60))
    (x0, x1), (y0, y1) = shown.axes.get_xlim(), shown.axes.get_ylim()
    np.testing.assert_allclose((x1 - x0) / shown.width(), (y1 - y0) / shown.height())
    for x, y in np.vstack([part.points for part in shown.path]):
        assert x0 < x < x1
        assert y0 < y < y1


def test_changes_of_its_groups_lr_are_marked_on_the_path() -> None:
    record = train(fresh(), 60, frozen_after_3)
    for watch, step, word in (
        ("fc1.weight", 30, "fc frozen"),
        ("conv1.weight", 40, "conv lr 0.02"),
    ):
        shown = path_chart(record, watch)
        found = plane(record.trajectory(watch))
        assert found is not None
        at = found.project(record.trajectory(watch)[[step]])
        np.testing.assert_allclose(shown.changes.points, at)
        assert [w.get_text() for w in shown.words if w.get_visible()] == [word]


def test_how_many_numbers_and_how_much_of_them_is_said() -> None:
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.zeros(1000)})
    for step in range(9):
        record.add_step(1.0, [0.1], {"w": np.arange(1000.0) * step}, {"w": None})
    shown = path_chart(record, "w")
    assert shown.axes.get_title("left") == "Path of w (64 of 1,000)"
    assert shown.note.get_text().startswith("→ 100% of the variance,  ↑ 0%")


def test_many_marks_close_together_keep_their_words_apart() -> None:
    # not at even intervals: these would be told as one
    changes = np.cumsum([20, 21] * 7)
    rate = lambda s: (0.1, 0.01 * 0.5 ** np.searchsorted(changes, s))  # noqa: E731
    shown = path_chart(train(fresh(), 300, rate))
    boxes = [word.get_window_extent() for word in shown.words if word.get_visible()]
    assert len(boxes) == 3
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_what_never_moved_and_what_is_no_number_is_said() -> None:
    shown = path_chart(train(fresh(), 12, lambda step: (0.0, 0.0)))
    assert "has not moved" in shown.hint.get_text()
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.zeros(2)})
    for value in (1.0, 2.0, np.nan, 3.0):
        record.add_step(1.0, [0.1], {"w": np.array([value, 0.0])}, {"w": None})
    shown = path_chart(record, "w")
    assert "then not finite" in shown.note.get_text()
    assert shown.path[-1].points[-1].tolist() == [2, 0]


# ---- update ratios ----


def test_a_ratio_of_exactly_0_is_dotted_in_its_own_place() -> None:
    record = train(fresh(), 60, frozen_after_3)
    shown = ratio_chart(record)
    row = shown.names.index("fc1.weight")
    x, y = shown.zeros[row].points.T
    np.testing.assert_allclose(x[~np.isnan(y)], record.update_steps[7:] / EPOCH)
    assert (y[~np.isnan(y)] < shown.decades[0]).all()  # below the break
    x, y = shown.ratios[row].points.T
    assert x[~np.isnan(y)].max() < 3
    other = shown.names.index("conv1.weight")
    assert not len(shown.zeros[other].points)
    assert np.isfinite(shown.ratios[other].points).all()


def test_lines_are_medians_that_begin_anew_where_the_lr_changes() -> None:
    record = train(fresh(), 60, frozen_after_3)
    shown = ratio_chart(record)
    heights = shown.ratios[shown.names.index("conv1.weight")].points[:, 1]
    ratios = record.update_ratio("conv1.weight")
    before = record.update_steps <= 40
    np.testing.assert_allclose(10 ** heights[9], np.median(ratios[before][-5:]))
    np.testing.assert_allclose(10 ** heights[10], np.median(ratios[~before][:5]))


def test_each_line_has_its_name_beside_it_and_its_groups_dash() -> None:
    shown = ratio_chart(train(fresh(), 60, frozen_after_3))
    assert [label.get_text() for label in shown.labels] == list(SHAPES)
    boxes = [label.get_window_extent() for label in shown.labels]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    dashes = {GROUPS[n]: line.dash for n, line in zip(shown.names, shown.ratios, strict=True)}
    assert dashes[0] != dashes[1]


def test_a_watched_parameter_is_in_front() -> None:
    shown = ratio_chart(train(fresh(), 30), watch="fc1.weight")
    widths = dict(zip(shown.names, (line.width for line in shown.ratios), strict=True))
    assert max(widths, key=lambda name: widths[name]) == "fc1.weight"
    assert "fc1.weight" in shown.axes.get_title("left")


# ---- histograms ----


def layer(epochs: int = 9) -> Record:
    record, random = Record({"fc.bias": 0, "fc.weight": 0}, ["all"]), np.random.RandomState(0)
    values = {"fc.bias": np.zeros(4), "fc.weight": random.randn(30, 20)}
    record.start(values)
    for epoch in range(epochs):
        values = {name: value + 0.1 for name, value in values.items()}
        grads = {"fc.bias": None if epoch else np.ones(4), "fc.weight": random.randn(30, 20)}
        record.add_step(1.0, [0.1], values, grads)
        record.end_epoch(None, values, grads)
    return record


def test_ridges_are_the_start_some_epochs_and_now() -> None:
    shown = chart(layer(), "histogram", "fc.weight")
    assert isinstance(shown, HistogramChart)
    assert [kept.epoch for kept in shown.shown] == [0, 2, 4, 6, 8, 9]
    assert [label.get_text() for label in shown.axes.get_yticklabels()] == [
        "start", "2", "4", "6", "8", "9",
    ]  # fmt: skip
    assert len(shown.ridges.get_paths()) == 6


@pytest.mark.parametrize("epochs", [1, 5, 6, 7, 40, 63, 64, 65, 300])
def test_ridges_are_few(epochs: int) -> None:
    picked = [kept.epoch for kept in chosen(layer(epochs).histograms("fc.bias"))]
    assert len(picked) <= 6
    assert (picked[0], picked[-1]) == (0, epochs)


def test_an_outline_has_the_counts_and_joins_bins_of_few_numbers() -> None:
    values = np.random.RandomState(0).randn(10_000)
    x, y = outline(Histogram.of(values))
    counts, edges = np.histogram(values, np.unique(x))
    np.testing.assert_allclose(y[1:-1:2], counts / counts.max())
    np.testing.assert_array_equal(edges, np.unique(x))
    assert len(outline(Histogram.of(values[:9]))[0]) <= 2 * 9


def test_a_layer_is_all_its_parameters_and_gradients_stand_beside_values() -> None:
    record = layer()
    titles = [axes.get_title("left") for axes in figures.histograms(record, "fc").axes]
    assert titles == [
        "Values of fc.bias (4)", "Gradient of fc.bias (4)",
        "Values of fc.weight (600)", "Gradient of fc.weight (600)",
    ]  # fmt: skip
    assert len(figures.histograms(record, ["fc.bias", "fc"]).axes) == 4
    assert len(figures.histograms({"a": [1.0, 2.0], "b": np.zeros((2, 2))}).axes) == 2
    with pytest.raises(KeyError, match="'f'"):
        figures.histograms(record, "f")


# ---- all of them ----


def records() -> Iterator[Record]:
    yield fresh()
    yield train(fresh(epoch=None), 3)
    yield train(fresh(), 60, frozen_after_3)
    yield train(fresh(), 12, lambda step: (0.0, 0.0))
    yield layer(3)
    yield Record({"a": None}, [])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("record", list(records()))
def test_words_are_readable_and_nothing_sticks_out(record: Record, view: str) -> None:
    figure = figures.overview(record, view=view)  # type: ignore[arg-type]
    figure.canvas.draw()
    axes = figure.axes[2]
    for text in (*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels()):
        if text.get_visible() and text.get_text():
            assert text.get_fontsize() >= SIZE
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.width + 1, text


@pytest.mark.parametrize("view", VIEWS)
def test_live_and_static_are_the_same_picture(view: str) -> None:
    record = fresh()
    live = LiveFigure(record, "fc1.weight")
    live.update()
    live.view = view  # type: ignore[assignment]
    for steps in (3, 30, 27, 600):
        train(record, steps, frozen_after_3)
        live.update()
        figure = figures.overview(record, "fc1.weight", view=view)  # type: ignore[arg-type]
        np.testing.assert_array_equal(pixels(live), drawn(figure))
    assert live.view == view


def test_another_view_must_be_known() -> None:
    live = LiveFigure(fresh())
    assert live.view == "lines"
    for act in (
        lambda: setattr(live, "view", "lanes"),
        lambda: figures.overview(fresh(), view="x"),
    ):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="unknown view"):
            act()


@pytest.mark.parametrize("view", VIEWS)
def test_an_unknown_parameter_is_named(view: str) -> None:
    for act in (
        lambda: figures.path(fresh(), "nobody"),
        lambda: figures.update_ratios(fresh(), "nobody"),
        lambda: figures.histograms(fresh(), "nobody"),
        lambda: figures.overview(fresh(), "nobody", view=view),  # type: ignore[arg-type]
    ):
        with pytest.raises(KeyError, match="nobody"):
            act()
