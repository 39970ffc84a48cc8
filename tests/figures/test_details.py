"""Views of a parameter, in static and live figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fineopt import figures
from fineopt.recorder import Record
from fineopt.scenes.style import SIZE
from tests.scenes.samples import (
    fresh,
    frozen_after_3,
    layer,
    train,
)

VIEWS = ("path", "ratio", "histogram")


def records() -> Iterator[Record]:
    yield fresh()
    yield train(fresh(epoch=None), 3)
    yield train(fresh(), 60, frozen_after_3)
    yield train(fresh(), 12, lambda step: (0.0, 0.0))
    yield layer(3)
    yield Record({"a": None}, [])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("record", list(records()))
def test_text_is_readable_and_within_the_figure(record: Record, view: str) -> None:
    figure = figures.overview(record, view=view)  # type: ignore[arg-type]
    figure.canvas.draw()
    axes = figure.axes[2]
    for text in (*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels()):
        if text.get_visible() and text.get_text():
            assert text.get_fontsize() >= SIZE
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.width + 1, text


def test_an_unknown_view() -> None:
    with pytest.raises(ValueError, match="unknown view"):
        figures.overview(fresh(), view="x")  # type: ignore[arg-type]


@pytest.mark.parametrize("view", VIEWS)
def test_an_unknown_parameter(view: str) -> None:
    for act in (
        lambda: figures.path(fresh(), "nobody"),
        lambda: figures.update_ratios(fresh(), "nobody"),
        lambda: figures.histograms(fresh(), "nobody"),
        lambda: figures.overview(fresh(), "nobody", view=view),  # type: ignore[arg-type]
    ):
        with pytest.raises(KeyError, match="nobody"):
            act()
