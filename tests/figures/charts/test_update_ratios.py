"""The chart of update ratios, by the data of its artists."""

from __future__ import annotations

import numpy as np

from fineopt import figures
from fineopt.figures.charts.update_ratios import RatioChart
from fineopt.recorder import Record
from fineopt.scenes.summary import Summary
from tests.figures.samples import EPOCH, GROUPS, SHAPES, fresh, frozen_after_3, train


def ratio_chart(record: Record, **options: object) -> RatioChart:
    live = Summary(record)
    figure = figures.update_ratios(record)
    made = RatioChart(figure.add_axes((0.1, 0.1, 0.6, 0.8)), live, **options)  # type: ignore[arg-type]
    made.update()
    return made


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


def test_lines_are_medians_restarted_where_the_lr_changes() -> None:
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
