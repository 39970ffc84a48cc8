"""The chart of a landscape, and the paths of runs over it."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt.landscape import LANDSCAPES, Run, descend
from fineopt.scenes.charts.landscape import POINTS, SHAPES, landscape_chart, outcome
from tests.scenes.contract import check_chart

BEALE = LANDSCAPES["beale"]
SHORT = descend("beale", None, ("SGD", "SGD"), (0.02, 0.02), 30)
LONG = descend("beale", None, ("SGD", "Adam"), (0.01, 0.1), 200)
LEFT = descend("beale", None, ("SGD", "SGD"), (1, 1), 30)


def _level(height: float) -> float:
    """The nearest 1 or 3 times a power of ten."""
    power = np.floor(np.log10(height))
    return float(min((d * 10**power for d in (1, 3, 10)), key=lambda level: abs(level - height)))


@pytest.mark.parametrize("name", LANDSCAPES)
def test_contours_are_level(name: str) -> None:
    landscape = LANDSCAPES[name]
    chart = landscape_chart(landscape)
    check_chart(chart)
    contours = [table for key, table in chart["tables"].items() if key.startswith("c")]
    least = min(landscape.value(*np.transpose(landscape.minima)))
    heights = []
    for table in contours:
        x, y = table[~np.isnan(table).any(axis=1)].astype(float).T
        values = landscape.value(x, y) - least
        heights.append(np.median(values))
        # Contours are straight within a cell of a grid, so few points of a steep valley are off.
        assert np.mean(np.abs(values - heights[-1]) < 0.35 * heights[-1]) > 0.85
    assert len(contours) >= 6 and heights == sorted(heights)
    np.testing.assert_allclose(heights, [_level(height) for height in heights], rtol=0.15)
    np.testing.assert_allclose(chart["tables"]["minima"], landscape.minima, rtol=1e-6)
    for key, side in (("x", landscape.x_range), ("y", landscape.y_range)):
        assert (chart[key]["low"], chart[key]["high"], chart[key]["label"]) == (*side, key)


@pytest.mark.parametrize(("runs", "legend"), [
    ([], []),
    ([SHORT], ["1"]),
    ([SHORT, LONG], ["1", "2"]),
    ([SHORT, LONG, LEFT] * 3, list("123456789")),
])  # fmt: skip
def test_each_run_has_a_path_a_colour_a_shape_and_a_number(
    runs: list[Run], legend: list[str]
) -> None:
    chart = landscape_chart(BEALE, runs)
    check_chart(chart)
    assert [entry["number"] for entry in chart["legend"]] == legend
    assert [word["text"] for word in chart["words"]] == legend
    for i, run in enumerate(runs):
        np.testing.assert_allclose(chart["tables"][f"p{i}"], run.path, rtol=1e-6)
        np.testing.assert_allclose(chart["tables"][f"e{i}"], run.path[-1:], rtol=1e-6)
        entry = chart["legend"][i]
        assert (entry["group"], entry["shape"]) == (i, SHAPES[i % len(SHAPES)])
        assert entry["text"] == "\n".join((*run.label(), outcome(run)))
        marks = [mark for mark in chart["marks"] if mark["table"] in (f"p{i}", f"m{i}", f"e{i}")]
        assert {mark["group"] for mark in marks} <= {i, None}


@pytest.mark.parametrize(("run", "said"), [
    (Run("beale"), "not started, f = 14.2"),
    (SHORT, "30 steps, f = "),
    (descend("beale", steps=1), "1 step, f = "),
    (LEFT, "left after "),
])  # fmt: skip
def test_how_far_a_run_has_come(run: Run, said: str) -> None:
    assert outcome(run).startswith(said)


@pytest.mark.parametrize("lr", [0.0, 1.0, 1e3, 1e100, 1e200, 1e308])
def test_a_run_that_leaves_is_still_json(lr: float) -> None:
    chart = landscape_chart(BEALE, [descend("beale", None, ("SGD", "SGD"), (lr, lr), 30)])
    check_chart(chart)


def test_a_run_not_started_has_a_start_and_no_end() -> None:
    chart = landscape_chart(BEALE, [Run("beale", (1.0, 2.0))])
    assert chart["tables"]["p0"].tolist() == [[1.0, 2.0]]
    assert not any(mark["table"] == "e0" for mark in chart["marks"])
    assert any(mark["table"] == "m0" and mark.get("rows") == [0, 1] for mark in chart["marks"])


def test_a_long_path_is_bounded_and_ends_where_the_run_is() -> None:
    run = descend("rosenbrock", None, ("SGD", "SGD"), (0.001, 0.001), 5000)
    chart = landscape_chart(LANDSCAPES["rosenbrock"], [run])
    check_chart(chart)
    path = chart["tables"]["p0"]
    assert POINTS // 2 < len(path) <= POINTS + 1
    np.testing.assert_allclose(path[[0, -1]], run.path[[0, -1]], rtol=1e-6)
    assert len(chart["tables"]["m0"]) <= 26
