"""The loss chart and its marks, by the data of their artists."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from fineopt.figures import describe
from fineopt.figures.charts.chart import Chart
from fineopt.figures.charts.loss import LossChart
from fineopt.recorder import Record
from fineopt.scenes.lr_changes import LRChange, mark_text
from fineopt.scenes.style import COLOURS
from tests.figures.samples import (
    EPOCH,
    charts,
    fresh,
    frozen_after_3,
    train,
)


def loss_chart(record: Record) -> LossChart:
    chart = charts(record)[0]
    assert isinstance(chart, LossChart)
    return chart


def words(chart: Chart) -> list[str]:
    return [text.get_text().strip() for text in chart.axes.texts if text.get_visible()]


def test_each_step_and_the_running_mean() -> None:
    record = train(fresh(), 25)
    chart = loss_chart(record)
    np.testing.assert_allclose(chart.steps.points[:, 0], np.arange(1, 26) / EPOCH)
    np.testing.assert_array_equal(chart.steps.points[:, 1], record.loss)
    np.testing.assert_allclose(chart.mean.points[-1, 1], record.loss[-16:].mean())


def test_the_number_of_points_is_bounded() -> None:
    chart = loss_chart(train(fresh(), 1500))
    assert 256 < len(chart.band.points) <= 512
    assert len(chart.mean.points) <= 512
    assert len(chart.steps.points) == 0


def test_changes_are_marked_in_the_groups_colour_with_words() -> None:
    chart = loss_chart(train(fresh(), 60, frozen_after_3))
    assert [segment[0][0] for segment in chart.marks.lines.get_segments()] == [3.0, 4.0]
    colours = [to_hex(colour) for colour in chart.marks.lines.get_color()]
    assert colours == [COLOURS[1], COLOURS[0]]
    assert [word for word in words(chart) if word] == ["conv lr 0.02", "fc frozen"]


def test_another_optimizer_is_marked_beside_changes_of_the_lr() -> None:
    record = train(fresh(), 20)
    chart = loss_chart(record)
    record.add_swap(1, "SGD", "Adam")
    chart.summary.update()
    chart.update()
    assert [segment[0][0] for segment in chart.marks.lines.get_segments()] == [2.0]
    assert [word for word in words(chart) if word] == ["fc optimizer: Adam"]
    train(record, 40, frozen_after_3)
    chart.summary.update()
    chart.update()
    assert [segment[0][0] for segment in chart.marks.lines.get_segments()] == [2.0, 3.0, 4.0]
    assert "fc to Adam after step 20" in describe(record)


def test_texts_are_few_and_do_not_overlap() -> None:
    changes = np.cumsum(np.arange(20, 29))  # at even intervals they would be merged
    record = train(fresh(), 300, lambda step: (0.1 / (1 + np.searchsorted(changes, step)), 0.01))
    chart = loss_chart(record)
    assert len(chart.marks.lines.get_segments()) == 9
    shown = [word for word in chart.marks.words if word.get_visible()]
    assert len(shown) == 5
    boxes = [word.get_window_extent() for word in shown]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize(("old", "new", "text"), [
    (0.1, 0.05, "fc lr 0.05"), (0.1, 0.0, "fc frozen"), (0.0, 0.1, "fc thawed, lr 0.1"),
])  # fmt: skip
def test_the_text_of_a_mark(old: float, new: float, text: str) -> None:
    assert mark_text("fc", LRChange(1, 5, 5, old, new)) == text


def test_a_diverged_loss_leaves_the_rest_readable() -> None:
    chart = loss_chart(train(fresh(), 40, loss=lambda step: 2.0 if step < 20 else 1e30))
    assert chart.limits == (0.0, 20.0)
    assert chart.note.get_text() == "up to 1e+30, beyond the axis"


def test_a_loss_that_is_not_finite_is_named_and_not_drawn() -> None:
    chart = loss_chart(train(fresh(), 40, loss=lambda step: 2.0 if step < 20 else np.nan))
    assert chart.note.get_text() == "loss NaN at step 21"
    assert np.isnan(chart.steps.points[20:, 1]).all()
