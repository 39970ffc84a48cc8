"""The chart of trajectories, by the data of its artists."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from fineopt import figures
from fineopt.figures.charts.trajectory import TrajectoryChart
from fineopt.figures.overview import Overview
from fineopt.figures.rendering.curves import Curves
from fineopt.recorder import Record
from fineopt.scenes.style import COLOURS
from tests.figures.samples import (
    EPOCH,
    SHAPES,
    charts,
    fresh,
    frozen_after_3,
    title_extent,
    train,
)


def trajectory_chart(record: Record, watch: str) -> TrajectoryChart:
    chart = charts(record, watch=watch)[2]
    assert isinstance(chart, TrajectoryChart)
    return chart


def test_a_line_for_each_element_in_epochs() -> None:
    record = train(fresh(), 30)
    chart = trajectory_chart(record, "conv1.bias")
    assert len(chart.lines) == 2
    np.testing.assert_allclose(chart.lines[1].points[:, 0], np.arange(31) / EPOCH)
    np.testing.assert_allclose(chart.lines[1].points[:, 1], record.trajectory("conv1.bias")[:, 1])
    assert to_hex(chart.lines[0].colour) == COLOURS[0]


def test_only_unchanged_parameters_are_called_unchanged() -> None:
    record = train(fresh(), 60, frozen_after_3)
    assert trajectory_chart(record, "fc1.weight").unchanged.get_visible()
    assert not trajectory_chart(record, "conv1.weight").unchanged.get_visible()
    train(record, 5, lambda step: (0.02, 0.01))
    assert not trajectory_chart(record, "fc1.weight").unchanged.get_visible()


def test_parameters_have_their_own_dashes_and_a_legend() -> None:
    record = train(fresh(), 60, frozen_after_3)
    names = ["conv1.weight", "fc1.weight", "conv1.bias"]
    chart = Overview(record, names).charts[2]
    assert isinstance(chart, TrajectoryChart)
    dashes = [line.dash for line in chart.lines]
    assert len(dashes) == 5 + 5 + 2  # at most 16 in all, and there are but 2 numbers in the bias
    for line, name in ((0, "conv1.weight"), (5, "fc1.weight"), (11, "conv1.bias")):
        element = record.trajectory(name)[:, -1 if line == 11 else 0]
        np.testing.assert_allclose(chart.lines[line].points[:, 1], element)
    assert [to_hex(chart.lines[line].colour) for line in (0, 5, 10)] == [
        COLOURS[0], COLOURS[1], COLOURS[0],
    ]  # fmt: skip
    assert len({str(dashes[line]) for line in (0, 5, 10)}) == 3
    assert len({str(dashes[line]) for line in range(5)}) == 1
    samples = next(artist for artist in chart.slow if artist is not chart.marks.lines
                   and isinstance(artist, LineCollection))  # fmt: skip
    for i, (name, line) in enumerate(zip(names, (0, 5, 10), strict=True)):
        (word,) = (text for text in chart.axes.texts if text.get_text() == name)
        sample = samples.get_segments()[i]
        assert sample[1][0] < word.get_position()[0]
        assert sample[1][1] == word.get_position()[1]
        # the same dash, in units of its line's width
        in_key = np.array(samples.get_linestyle()[i][1] or []) / 1.8
        np.testing.assert_allclose(np.array(dashes[line]) / 1.3, in_key)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_the_legend_hides_no_line_and_no_text(count: int) -> None:
    record = train(fresh(), 60, frozen_after_3)
    figure = figures.trajectory(record, list(SHAPES)[:count])
    figure.canvas.draw()
    (axes,) = figure.axes
    shown = [text for text in axes.texts if text.get_visible() and text.get_text()]
    boxes = [text.get_window_extent() for text in shown]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    lowest = min(b.y0 for text, b in zip(shown, boxes, strict=True) if text.get_text() in SHAPES)
    (curves,) = (artist for artist in axes.artists if isinstance(artist, Curves))
    highest = max(axes.transData.transform(line.points)[:, 1].max() for line in curves.curves)
    assert highest <= lowest
    title = title_extent(figure, axes.get_title("left"))
    assert title.x1 <= figure.bbox.width


def test_too_many_or_no_parameters() -> None:
    record = Record({f"layer.{i}": 0 for i in range(5)}, ["all"])
    for names in ([], list(record.parameters)):
        for draw in (figures.overview, figures.trajectory):
            with pytest.raises(ValueError, match=f"expected 1 to 4 .* got {len(names)}"):
                draw(record, names)
    figures.trajectory(record, ["layer.1"] * 9)  # the same one is one


def test_an_unknown_parameter() -> None:
    for draw in (figures.overview, figures.trajectory):
        with pytest.raises(KeyError, match="nobody"):
            draw(fresh(), ["fc1.weight", "nobody"])
    for draw in (figures.overview, figures.trajectory):
        with pytest.raises(KeyError, match="nobody"):
            draw(fresh(), "nobody")
    with pytest.raises(KeyError, match="nobody"):
        figures.grad_sums(fresh(), watch="nobody")
