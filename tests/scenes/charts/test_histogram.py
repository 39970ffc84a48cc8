"""The chart of histograms."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt.recorder import Histogram, Record
from fineopt.scenes import Chart, Summary
from fineopt.scenes.charts.histogram import OVERLAP, RIDGES, chosen, histogram_chart, outline
from tests.scenes.contract import check_chart
from tests.scenes.samples import fresh, layer


def chart_of(record: Record, name: str, *, gradients: bool = False) -> Chart:
    chart = histogram_chart(Summary(record), name, gradients=gradients)
    check_chart(chart)
    return chart


def test_ridges_are_the_start_some_epochs_and_now() -> None:
    record = layer()
    chart = chart_of(record, "fc.weight")
    assert chart["y"]["labels"] == ["start", "2", "4", "6", "8", "9"]
    assert chart["y"]["ticks"] == [0, -1, -2, -3, -4, -5]
    assert list(chart["tables"]) == [mark["table"] for mark in chart["marks"]]
    kept = {one.epoch: one for one in record.histograms("fc.weight")}
    for row, epoch in enumerate((0, 2, 4, 6, 8, 9)):
        x, y = outline(kept[epoch])
        expected = np.column_stack([x, OVERLAP * y - row])
        np.testing.assert_allclose(chart["tables"][f"r{row}"], expected, rtol=1e-5)
    tones = [mark["tone"] for mark in chart["marks"]]
    assert tones == sorted(tones, reverse=True) and tones[-1] == 0, "the newest is the darkest"


@pytest.mark.parametrize("epochs", [1, 5, 6, 7, 40, 63, 64, 65, 300])
def test_ridges_are_few(epochs: int) -> None:
    picked = [kept.epoch for kept in chosen(layer(epochs).histograms("fc.bias"))]
    assert len(picked) <= RIDGES
    assert (picked[0], picked[-1]) == (0, epochs)


@pytest.mark.parametrize(("name", "gradients", "title", "ridges", "hint"), [
    ("fc.bias", False, "Values of fc.bias (4)", 4, ""),
    ("fc.bias", True, "Gradient of fc.bias (4)", 1, ""),
    ("fc.weight", True, "Gradient of fc.weight (600)", 3, ""),
])  # fmt: skip
def test_values_and_gradients(
    name: str, gradients: bool, title: str, ridges: int, hint: str
) -> None:
    chart = chart_of(layer(3), name, gradients=gradients)
    assert (chart["title"], len(chart["marks"]), chart["hint"]) == (title, ridges, hint)
    assert chart["x"]["label"] == ("by epoch; each ridge scaled to its maximum" * (ridges > 1))


def test_before_the_first_gradient() -> None:
    record = layer(0)
    assert chart_of(record, "fc.bias", gradients=True)["hint"] == "no gradient yet"
    assert chart_of(record, "fc.bias")["y"]["labels"] == [""], "arrays outside a run have no epoch"
    assert chart_of(fresh(), "fc1.weight")["hint"] == "a histogram of its elements"


@pytest.mark.parametrize("values", [
    np.zeros(3), np.full(3, 1e-300), np.full(2, 1e308), [-1.0, 2.0], [5.0], np.linspace(0, 1, 999),
    [np.nan, 1.0], [1e-7, -3.0],
], ids=str)  # fmt: skip
def test_every_ridge_lies_inside_the_axes(values: np.ndarray) -> None:
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.asarray(values)})
    chart = chart_of(record, "w")
    (t,) = chart["tables"].values()
    assert (t[:, 0] >= chart["x"]["low"]).all() and (t[:, 0] <= chart["x"]["high"]).all()
    assert (t[:, 1] >= chart["y"]["low"]).all() and (t[:, 1] <= chart["y"]["high"]).all()
    assert t[:, 1].max() == pytest.approx(OVERLAP), "scaled by itself"


def test_an_outline_has_the_counts_and_merges_bins_of_few_values() -> None:
    values = np.random.RandomState(0).randn(10_000)
    x, y = outline(Histogram.of(values))
    counts, edges = np.histogram(values, np.unique(x))
    np.testing.assert_allclose(y[1:-1:2], counts / counts.max())
    np.testing.assert_array_equal(edges, np.unique(x))
    assert len(outline(Histogram.of(values[:9]))[0]) <= 2 * 9


def test_an_unknown_parameter() -> None:
    with pytest.raises(KeyError, match="nobody"):
        histogram_chart(Summary(fresh()), "nobody")
