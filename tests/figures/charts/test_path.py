"""The chart of a path, by the data of its artists."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_hex

from fineopt.figures.charts.path import PathChart
from fineopt.figures.overview import Overview
from fineopt.recorder import Record
from fineopt.scenes.directions import plane
from fineopt.scenes.style import COLOURS
from tests.figures.samples import EPOCH, fresh, frozen_after_3, train


def chart(record: Record, view: str, watch: str = "fc1.weight") -> object:
    return Overview(record, watch, view=view).charts[2]  # type: ignore[arg-type]


def path_chart(record: Record, watch: str = "fc1.weight") -> PathChart:
    made = chart(record, "path", watch)
    assert isinstance(made, PathChart)
    return made


def test_a_path_leads_from_the_start_to_now() -> None:
    record = train(fresh(), 60, frozen_after_3)
    shown = path_chart(record)
    found = plane(record.trajectory("fc1.weight"))
    assert found is not None
    points = found.project(record.trajectory("fc1.weight"))
    segments = [part.points for part in shown.path]
    np.testing.assert_array_equal(segments[0][0], [0, 0])
    np.testing.assert_allclose(segments[-1][-1], points[-1])
    np.testing.assert_allclose(shown.end.points[0], points[-1])
    np.testing.assert_allclose(shown.epochs.points, points[EPOCH::EPOCH])
    assert to_hex(shown.path[-1].colour) == COLOURS[1]


def test_a_distance_is_as_long_along_both_axes() -> None:
    shown = path_chart(train(fresh(), 60))
    (x0, x1), (y0, y1) = shown.axes.get_xlim(), shown.axes.get_ylim()
    np.testing.assert_allclose((x1 - x0) / shown.width(), (y1 - y0) / shown.height())
    for x, y in np.vstack([part.points for part in shown.path]):
        assert x0 < x < x1
        assert y0 < y < y1


def test_changes_of_its_groups_lr_are_marked_on_the_path() -> None:
    record = train(fresh(), 60, frozen_after_3)
    for watch, step, word in (
        ("fc1.weight", 30, "fc frozen"),
        ("conv1.weight", 40, "conv lr 0.02"),
    ):
        shown = path_chart(record, watch)
        found = plane(record.trajectory(watch))
        assert found is not None
        at = found.project(record.trajectory(watch)[[step]])
        np.testing.assert_allclose(shown.changes.points, at)
        assert [w.get_text() for w in shown.words if w.get_visible()] == [word]


def test_the_number_of_elements_and_the_variance_are_shown() -> None:
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.zeros(1000)})
    for step in range(9):
        record.add_step(1.0, [0.1], {"w": np.arange(1000.0) * step}, {"w": None})
    shown = path_chart(record, "w")
    assert shown.axes.get_title("left") == "Path of w (64 of 1,000)"
    assert shown.note.get_text().startswith("→ 100% of the variance,  ↑ 0%")


def test_texts_of_nearby_marks_do_not_overlap() -> None:
    # not at even intervals: these would be merged
    changes = np.cumsum([20, 21] * 7)
    rate = lambda s: (0.1, 0.01 * 0.5 ** np.searchsorted(changes, s))  # noqa: E731
    shown = path_chart(train(fresh(), 300, rate))
    boxes = [word.get_window_extent() for word in shown.words if word.get_visible()]
    assert len(boxes) == 3
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_a_path_that_does_not_move_or_is_not_finite() -> None:
    shown = path_chart(train(fresh(), 12, lambda step: (0.0, 0.0)))
    assert "has not moved" in shown.hint.get_text()
    record = Record({"w": 0}, ["all"])
    record.start({"w": np.zeros(2)})
    for value in (1.0, 2.0, np.nan, 3.0):
        record.add_step(1.0, [0.1], {"w": np.array([value, 0.0])}, {"w": None})
    shown = path_chart(record, "w")
    assert "last finite" in shown.note.get_text()
    assert shown.path[-1].points[-1].tolist() == [2, 0]
