"""All charts: readable text within the figure, for any record."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from fineopt import figures
from fineopt.recorder import Record
from fineopt.scenes.style import SIZE
from tests.figures.samples import (
    EPOCH,
    charts,
    fresh,
    frozen_after_3,
    train,
)


def records() -> dict[str, Record]:
    return {
        "not started": fresh(),
        "no epoch known": train(fresh(epoch=None), 3),
        "in the first epoch": train(fresh(), 3),
        "six epochs": train(fresh(), 60, frozen_after_3),
        "all frozen": train(fresh(), 12, lambda step: (0.0, 0.0)),
        "diverged": train(fresh(), 12, loss=lambda step: [np.inf, 1e300, np.nan][step % 3]),
        "no groups": Record({"a": None}, []),
    }


@pytest.mark.parametrize("record", records().values(), ids=records())
def test_x_axes_agree_and_text_is_readable_and_within_the_figure(record: Record) -> None:
    figure = figures.overview(record)
    figure.canvas.draw()
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    for axes in figure.axes:
        texts = [*axes.texts, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
        for text in texts:
            assert text.get_fontsize() >= SIZE
            if text.get_visible() and text.get_text() and text.axes is axes:
                box = text.get_window_extent()
                assert box.x0 >= -1 and box.x1 <= figure.bbox.width + 1, text


@pytest.mark.parametrize("record", records().values(), ids=records())
def test_single_figures(record: Record) -> None:
    name = next(iter(record.parameters))
    for figure in (
        figures.loss(record),
        figures.learning_rates(record),
        figures.trajectory(record, name, figsize=(6, 4)),
        figures.grad_sums(record),
    ):
        assert isinstance(figure, Figure)
        figure.canvas.draw()


def test_charts_have_hints_before_the_first_step() -> None:
    for chart in charts(fresh()):
        assert chart.hint.get_text()
        assert chart.axes.get_title("left")
    for chart in charts(train(fresh(), EPOCH)):
        assert not chart.hint.get_text()
