"""The chart of the loss, and its marks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fineopt.scenes import Chart, Summary
from fineopt.scenes.charts.loss import loss_chart
from fineopt.scenes.charts.verticals import WORDED
from tests.scenes.contract import check_chart
from tests.scenes.samples import EPOCH, fresh, frozen_after_3, steady, train

Loss = Callable[[int], float]


def chart_of(steps: int, loss: Loss = lambda step: 2.5 / (1 + step / 20)) -> Chart:
    chart = loss_chart(Summary(train(fresh(), steps, loss=loss)))
    check_chart(chart)
    return chart


def test_each_step_and_its_running_mean() -> None:
    record = train(fresh(), 25)
    x, loss, mean, step = loss_chart(Summary(record))["tables"]["t"].T
    np.testing.assert_allclose(x, np.arange(1, 26) / EPOCH)
    np.testing.assert_allclose(loss, record.loss, rtol=1e-6)
    np.testing.assert_allclose(mean[-1], record.loss[-16:].mean(), rtol=1e-6)
    np.testing.assert_array_equal(step, np.arange(1, 26))


@pytest.mark.parametrize(("steps", "draws", "columns"), [
    (0, ["line", "line"], ["loss", "running mean"]),
    (25, ["line", "line"], ["loss", "running mean"]),
    (512, ["line", "line"], ["loss", "running mean"]),
    (513, ["area", "line"], ["least loss", "greatest loss", "running mean"]),
    (1500, ["area", "line"], ["least loss", "greatest loss", "running mean"]),
])  # fmt: skip
def test_steps_that_share_a_pixel_are_an_area(
    steps: int, draws: list[str], columns: list[str]
) -> None:
    chart = chart_of(steps)
    assert [mark["draw"] for mark in chart["marks"]] == draws
    assert [column["text"] for column in chart["columns"]] == columns
    assert min(steps, 257) <= len(chart["tables"]["t"]) <= 512


@pytest.mark.parametrize(("loss", "ends", "alert"), [
    (lambda step: 2.0, (0.0, 2.0), ""),
    (lambda step: 0.0, (0.0, 1.0), ""),
    (lambda step: -3.0, (-3.0, 0.0), ""),
    (lambda step: 1.0 if step % 2 else -1.0, (-1.0, 1.0), ""),
    (lambda step: 2.0 if step < 20 else 1e30, (0.0, 20.0), "up to 1e+30, beyond the axis"),
    (lambda step: 2.0 if step < 20 else np.nan, (0.0, 2.0), "loss NaN at step 21"),
    (lambda step: 2.0 if step < 20 else np.inf, (0.0, 2.0), "loss inf at step 21"),
    (lambda step: np.nan, (0.0, 1.0), "loss NaN at step 1"),
])  # fmt: skip
def test_the_axis_holds_the_usual_and_the_rest_is_said(
    loss: Loss, ends: tuple[float, float], alert: str
) -> None:
    chart = chart_of(40, loss)
    assert (chart["y"]["low"], chart["y"]["high"]) == ends
    assert chart["alert"] == alert


@pytest.mark.parametrize("size", [1e-200, 1e250])
def test_a_size_that_float32_lacks_is_a_unit(size: float) -> None:
    chart = chart_of(40, lambda step: size * (1 + step / 40))
    unit, t = chart["y"]["unit"], chart["tables"]["t"]
    np.testing.assert_allclose(t[:, 1].astype(float) * unit, size * (1 + np.arange(40) / 40), 1e-6)
    np.testing.assert_array_equal(t[:, -1], np.arange(1, 41))
    assert float(chart["y"]["labels"][-1].replace("−", "-")) == pytest.approx(2 * size)


def test_a_broken_loss_is_a_gap() -> None:
    t = chart_of(40, lambda step: np.nan if 20 <= step < 30 else 2.0)["tables"]["t"]
    np.testing.assert_array_equal(np.isnan(t[:, 1]), (t[:, -1] > 20) & (t[:, -1] <= 30))


@pytest.mark.parametrize(("rates", "swap", "marks"), [
    (steady, None, []),
    (frozen_after_3, None, [(3.0, 1, "fc frozen"), (4.0, 0, "conv lr 0.02")]),
    (lambda step: (0.05, 0.01 if step < 20 or step >= 40 else 0.0), None,
     [(2.0, 1, "fc frozen"), (4.0, 1, "fc thawed, lr 0.01")]),
    (steady, (1, "SGD", "Adam"), [(6.0, 1, "fc optimizer: Adam")]),
    (lambda step: (0.1 * 0.5 ** (step // EPOCH), 0.01), None,
     [(1.0, 0, "conv lr changes every epoch")]),
])  # fmt: skip
def test_changes_have_marks_in_their_groups_colour(
    rates: Callable[[int], tuple[float, ...]],
    swap: tuple[int, str, str] | None,
    marks: list[tuple[float, int, str]],
) -> None:
    record = train(fresh(), 60, rates)
    if swap:
        record.add_swap(*swap)
    chart = loss_chart(Summary(record))
    check_chart(chart)
    assert [(v["x"], v["group"], v["text"]) for v in chart["verticals"]] == marks
    assert loss_chart(Summary(record), marks=False)["verticals"] == []


def test_the_newest_changes_have_words() -> None:
    changes = np.cumsum(np.arange(20, 29))  # at even intervals they would be merged
    record = train(fresh(), 300, lambda step: (0.1 / (1 + np.searchsorted(changes, step)), 0.01))
    verticals = loss_chart(Summary(record))["verticals"]
    assert [bool(v["text"]) for v in verticals] == [False] * 4 + [True] * WORDED
