"""A live figure equals the static one, and rarely redraws its axes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.axes import Axes
from PIL import Image

from fineopt.figures import LiveFigure, overview
from fineopt.figures.charts import layers
from fineopt.recorder import Record
from fineopt.scenes.views import View, Watch
from tests.figures.samples import EPOCH, drawn, fresh, frozen_after_3, pixels, steady, train


def static(record: Record, watch: Watch | None = None, view: View = "lines") -> np.ndarray:
    return drawn(overview(record, watch, view=view))


def test_live_and_static_are_the_same_picture() -> None:
    record = fresh()
    live = LiveFigure(record)
    for steps in (0, 3, 1, 30, 7, 20, 600, 5):
        train(record, steps, frozen_after_3, lambda name, step: name == "conv1.bias" and step > 25)
        live.update()
        np.testing.assert_array_equal(pixels(live), static(record))


def test_axes_are_redrawn_only_when_something_static_changed() -> None:
    def still(step: int) -> tuple[float, float]:
        return 0.0, 0.0

    record = train(fresh(), 8 * EPOCH + 1, still)
    live = LiveFigure(record)
    live.update()
    assert live.redraws == 4
    key = live.overview.update()
    for _ in range(15):  # to the middle of an epoch, over an epoch's end
        train(record, 1, still)
        live.update()
    assert live.redraws == 4
    assert [k[0] for k in live.overview.update()] == [k[0] for k in key]


def test_a_growing_x_axis_is_redrawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    framed: list[object] = []
    draw = layers.draw_frame

    def listen(axes: Axes, renderer: object) -> None:
        framed.append(axes)
        draw(axes, renderer)

    monkeypatch.setattr(layers, "draw_frame", listen)
    record = train(fresh(), 4 * EPOCH)
    live = LiveFigure(record, "fc1.weight", view="path")
    live.update()
    loss, rates, path, _ = (chart.axes for chart in live.overview.charts)
    assert loss in framed and rates in framed and path in framed
    framed.clear()
    before = live.redraws
    train(record, 1)
    live.update()
    assert live.overview.summary.end == 6
    assert live.redraws >= before + 2
    assert loss not in framed and rates not in framed
    np.testing.assert_array_equal(pixels(live), static(record, "fc1.weight", view="path"))


def test_a_dragged_slider_redraws_no_axes() -> None:
    record = train(fresh(), 61)
    live = LiveFigure(record)
    live.update()
    for step in range(10):
        train(record, 1, lambda _, step=step: (0.05 - 0.002 * step, 0.01))  # type: ignore[misc]
        live.update()
    assert live.redraws == 4
    np.testing.assert_array_equal(pixels(live), static(record))


def test_the_parameter_record_and_groups_may_change() -> None:
    record = train(fresh(), 25)
    live = LiveFigure(record)
    live.update()
    live.watch = "conv1.weight"
    live.update()
    np.testing.assert_array_equal(pixels(live), static(record, "conv1.weight"))
    with pytest.raises(KeyError, match="nobody"):
        live.watch = "nobody"
    live.record = train(fresh(), 45, frozen_after_3)
    live.update()
    np.testing.assert_array_equal(pixels(live), static(live.record, "conv1.weight"))
    live.record.clear()
    live.update()
    np.testing.assert_array_equal(pixels(live), static(fresh(), "conv1.weight"))
    train(live.record, 5)
    live.record.add_group("late")
    train(live.record, 5, lambda step: (*steady(step), 0.1))
    live.update()
    np.testing.assert_array_equal(pixels(live), static(live.record, "conv1.weight"))
    assert live.watch == "conv1.weight"


def test_watching_two_parameters_and_then_one() -> None:
    record = train(fresh(), 25)
    live = LiveFigure(record, ["conv1.weight", "fc1.weight"])
    assert live.watch == live.watched == ("conv1.weight", "fc1.weight")
    for steps in (0, 3, 60):
        train(record, steps, frozen_after_3)
        live.update()
        np.testing.assert_array_equal(pixels(live), static(record, ["conv1.weight", "fc1.weight"]))
    for wrong, error in (("nobody", KeyError), ([], ValueError), (["fc1.weight", "?"], KeyError)):
        with pytest.raises(error):
            live.watch = wrong
    assert live.watched == ("conv1.weight", "fc1.weight")
    with pytest.raises(KeyError, match=r"'conv1\.weight' is not in this record"):
        live.record = Record({"fc1.weight": 0}, ["all"])
    live.watch = ["fc1.weight"]
    live.update()
    assert live.watch == "fc1.weight"
    np.testing.assert_array_equal(pixels(live), static(record, "fc1.weight"))


def test_marks_can_be_left_out() -> None:
    record = train(fresh(), 60, frozen_after_3)
    live = LiveFigure(record, marks=False)
    live.update()
    assert not live.overview.charts[0].marks.lines.get_segments()  # type: ignore[attr-defined]
    live.marks = True
    live.update()
    np.testing.assert_array_equal(pixels(live), static(record))


def test_the_png_is_the_picture() -> None:
    live = LiveFigure(train(fresh(), 60, frozen_after_3))
    decoded = np.asarray(Image.open(io.BytesIO(live.update())).convert("RGBA"))
    assert decoded.shape == (560, 880, 4)
    difference = np.abs(decoded.astype(int) - pixels(live))
    assert difference.max() < 16
    assert (decoded[pixels(live).min(axis=2) == 255] == 255).all()  # white is white
