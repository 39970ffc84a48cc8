"""The chart of learning rates, by the data of its artists."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_hex

from fineopt.figures.charts.learning_rates import RateChart
from fineopt.recorder import Record
from fineopt.scenes.style import COLOURS
from tests.figures.samples import (
    charts,
    fresh,
    frozen_after_3,
    train,
)


def rate_chart(record: Record) -> RateChart:
    chart = charts(record)[1]
    assert isinstance(chart, RateChart)
    return chart


def test_zero_is_dotted_in_its_own_place_and_the_line_breaks() -> None:
    chart = rate_chart(train(fresh(), 60, frozen_after_3))
    x, y = chart.rates[1].points.T
    assert np.nanmax(x[~np.isnan(y)]) == 3.0
    np.testing.assert_allclose(y[~np.isnan(y)], np.log10(0.01))
    x, y = chart.zeros[1].points.T
    assert np.nanmin(x[~np.isnan(y)]) == 3.0
    assert (y[~np.isnan(y)] < chart.decades[0]).all()  # below the break
    assert np.isnan(chart.zeros[0].points[:, 1]).all()
    x, y = chart.rates[0].points.T
    np.testing.assert_allclose(sorted(set(y)), np.log10([0.02, 0.05]))
    assert x[y == y.min()].min() == 4.0


def test_a_line_has_only_its_corners() -> None:
    def rates(step: int) -> tuple[float, float]:  # one falls once, the other is never level
        return 0.05 if step < 700 else 0.02, 0.01 * (1 + step % 2)

    fallen, restless = rate_chart(train(fresh(), 1500, rates)).rates
    assert len(fallen.points) <= 8
    np.testing.assert_allclose(fallen.points[[0, -1]], [[0, np.log10(0.05)], [150, np.log10(0.02)]])
    assert len(restless.points) > 512
    np.testing.assert_allclose(sorted(set(restless.points[:, 1])), np.log10([0.01, 0.02]))


def test_a_groups_lines_have_its_colour_and_a_dash_of_their_own() -> None:
    chart = rate_chart(train(fresh(), 5))
    for lines in (chart.rates, chart.zeros):
        assert [to_hex(line.colour) for line in lines] == list(COLOURS[:2])
    assert chart.rates[0].dash != chart.rates[1].dash
    assert [name.get_text() for name in chart.names] == ["conv", "fc"]
    assert all(name.get_visible() for name in chart.names)


def test_names_of_coinciding_lines_do_not_overlap() -> None:
    groups = ["embedding", "encoder-lower", "encoder-upper", "norms", "head"]
    record = Record({"w": 0}, groups, steps_per_epoch=4)
    record.start({"w": np.zeros(1)})
    record.add_step(1.0, [0.1, 0.1, 0.1, 0.0, 0.0], {"w": np.zeros(1)}, {"w": None})
    chart = rate_chart(record)
    boxes = [name.get_window_extent() for name in chart.names]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
