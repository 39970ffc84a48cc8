"""A live figure shows what the static one shows, and redraws its axes seldom."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from PIL import Image

from fineopt import figures
from fineopt.figures import LiveFigure, describe, overview
from fineopt.figures.charts import layers
from fineopt.figures.png import STRIP, Encoder, encode
from fineopt.figures.views import View, Watch
from fineopt.recorder import Record
from tests.figures.samples import EPOCH, fresh, frozen_after_3, steady, train


def pixels(live: LiveFigure) -> np.ndarray:
    return np.asarray(live._canvas.buffer_rgba())


def static(record: Record, watch: Watch | None = None, view: View = "lines") -> np.ndarray:
    figure = overview(record, watch, view=view)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]


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
    key = live._overview.update()
    for _ in range(15):  # to the middle of an epoch, over an epoch's end
        train(record, 1, still)
        live.update()
    assert live.redraws == 4
    assert [k[0] for k in live._overview.update()] == [k[0] for k in key]


def test_where_only_the_x_axis_grows_only_that_is_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    framed: list[object] = []
    draw = layers._draw_frame

    def listen(axes: Axes, renderer: object) -> None:
        framed.append(axes)
        draw(axes, renderer)

    monkeypatch.setattr(layers, "_draw_frame", listen)
    record = train(fresh(), 4 * EPOCH)
    live = LiveFigure(record, "fc1.weight", view="path")
    live.update()
    loss, rates, path, _ = (chart.axes for chart in live._overview.charts)
    assert loss in framed and rates in framed and path in framed
    framed.clear()
    before = live.redraws
    train(record, 1)
    live.update()
    assert live._overview.digest.end == 6
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


def test_another_parameter_record_or_group() -> None:
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


def test_several_parameters_can_be_watched_and_one_again() -> None:
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
    assert not live._overview.charts[0].marks.lines.get_segments()  # type: ignore[attr-defined]
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


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
def test_any_picture_is_encoded(height: int, width: int, seed: int) -> None:
    picture = np.random.RandomState(seed).randint(0, 256, (height, width, 4)).astype(np.uint8)
    picture[..., 3] = 255
    decoded = np.asarray(Image.open(io.BytesIO(encode(picture))).convert("RGBA"))
    assert np.abs(decoded.astype(int) - picture).max() < 8


def test_very_many_colours_are_joined() -> None:
    ramp = np.arange(256)
    picture = np.stack([*np.meshgrid(ramp, ramp), np.full((256, 256), 99)], axis=-1)
    opaque = np.dstack([picture, np.full((256, 256), 255)]).astype(np.uint8)
    decoded = np.asarray(Image.open(io.BytesIO(encode(opaque))).convert("RGBA"))
    assert np.abs(decoded.astype(int) - opaque).max() < 64


def decode(png: bytes) -> np.ndarray:
    at = png.index(b"IDAT")
    zlib.decompress(
        png[at + 4 : at + 4 + int.from_bytes(png[at - 4 : at], "big")]
    )  # checks the sum
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def blot(picture: np.ndarray, row: int, colours: np.ndarray) -> np.ndarray:
    picture[row, : len(colours), :3] = colours
    return picture


def test_of_the_next_picture_only_strips_that_changed_are_compressed() -> None:
    encoder = Encoder()
    picture = np.full((5 * STRIP + 3, 20, 4), 255, np.uint8)
    picture[::3, 5:9, 1] = 0
    encoder.encode(picture)
    assert encoder.encode(picture) == encoder.encode(picture)
    before = encoder.strips
    for row in (2 * STRIP, 3 * STRIP - 1, 5 * STRIP + 2):
        blot(picture, row, np.array([[0, 120, 8], [255, 255, 255]]))
    np.testing.assert_array_equal(decode(encoder.encode(picture)), picture)
    assert encoder.strips == before + 2
    picture[:] = 255
    np.testing.assert_array_equal(decode(encoder.encode(picture)), picture)
    np.testing.assert_array_equal(decode(encoder.encode(picture[1:, 3:])), picture[1:, 3:])


def test_colours_that_are_gone_leave_room_for_others() -> None:
    encoder = Encoder()
    picture = np.full((40, 250, 4), 255, np.uint8)
    for shade in range(0, 256, 8):
        some = np.arange(200)[:, None] // [[1, 20, 1]] * [[1, 8, 0]] + [[0, 0, shade]]
        blot(picture, shade % 40, some)
        if shade % 40 == 32:
            picture[:, :, :3] = 255
        blot(picture, shade % 40, some)
        shown = decode(encoder.encode(picture)).astype(int)
        assert np.abs(shown - picture).max() < 16
        assert (shown[picture.min(axis=2) == 255] == 255).all()


def test_it_is_told_in_words() -> None:
    record = train(fresh(), 60, frozen_after_3, lambda name, step: name == "conv1.bias")
    assert describe(fresh()) == "Not started. 4 parameters in 2 groups: conv, fc."
    said = describe(record)
    assert said.startswith("60 steps, 6 full epochs, 4 parameters in 2 groups.")
    assert "Learning rates: conv 0.02, fc 0 (frozen)." in said
    assert "accuracy 90.0%" in said
    assert said.endswith("No gradient in the last epoch: conv1.bias.")
    train(record, 1, loss=lambda step: np.nan)
    assert "Loss of the last step nan." in describe(record)


def test_what_is_watched_and_how_is_told_in_words() -> None:
    record = train(fresh(), 60)
    run = describe(record)
    assert "Watched" not in run
    for watch, view, said in (
        ("fc1.weight", "lines", "fc1.weight (fc), as lines of its numbers over the steps."),
        (["fc1.weight"], "path",
         "fc1.weight (fc), as a path on the two directions in which it spreads most."),
        ("conv1.bias", "ratio", "conv1.bias (conv), by its update ratio, the others faint."),
        (["conv1.bias", "fc1.weight"], "lines",
         "conv1.bias (conv), fc1.weight (fc), as lines of their numbers over the steps."),
        (["conv1.bias", "fc1.weight"], "histogram",
         "conv1.bias (conv), as a histogram of its numbers. Not in this view: fc1.weight (fc)."),
    ):  # fmt: skip
        assert describe(record, watch, view) == f"{run} Watched: {said}"  # type: ignore[arg-type]
        still = overview(record, watch, view=view)  # type: ignore[arg-type]
        assert still._repr_mimebundle_()["text/plain"] == f"<{run} Watched: {said}>"  # type: ignore[attr-defined]
    alone = Record({"w": None}, [])
    assert describe(alone, "w").endswith("Watched: w (in no group), as lines of its numbers over "
                                         "the steps.")  # fmt: skip


def test_each_figure_tells_what_it_shows() -> None:
    record = train(fresh(), 20)
    for figure, said in (
        (figures.trajectory(record, "fc1.weight"), "Watched: fc1.weight (fc), as lines"),
        (figures.path(record, "fc1.weight"), "Watched: fc1.weight (fc), as a path"),
        (figures.update_ratios(record, "fc1.weight"), "Watched: fc1.weight (fc), by its update"),
    ):
        assert said in figure._repr_mimebundle_()["text/plain"]  # type: ignore[attr-defined]
    for figure in (figures.loss(record), figures.update_ratios(record), figures.grad_sums(record)):
        assert "Watched" not in figure._repr_mimebundle_()["text/plain"]  # type: ignore[attr-defined]
