"""The chart of histograms, by the data of its artists."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt import figures
from fineopt.figures.charts.histogram import HistogramChart, chosen, outline
from fineopt.figures.overview import Overview
from fineopt.recorder import Histogram, Record
from tests.figures.samples import (
    layer,
)


def chart(record: Record, view: str, watch: str = "fc1.weight") -> object:
    return Overview(record, watch, view=view).charts[2]  # type: ignore[arg-type]


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


def test_an_outline_has_the_counts_and_merges_bins_of_few_values() -> None:
    values = np.random.RandomState(0).randn(10_000)
    x, y = outline(Histogram.of(values))
    counts, edges = np.histogram(values, np.unique(x))
    np.testing.assert_allclose(y[1:-1:2], counts / counts.max())
    np.testing.assert_array_equal(edges, np.unique(x))
    assert len(outline(Histogram.of(values[:9]))[0]) <= 2 * 9


def test_a_layer_stands_for_its_parameters_with_gradients_beside_values() -> None:
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
