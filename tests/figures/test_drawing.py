"""A figure shows what its scene says: ticks, words, curves and colours."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from fineopt import figures
from fineopt.figures.overview import draw_scene
from fineopt.recorder import Record
from fineopt.scenes import Summary, place, run_scene
from fineopt.scenes.run_scene import CHARTS
from fineopt.scenes.style import COLOURS, HEIGHT, SIZE, WIDTH
from tests.scenes.samples import fresh, frozen_after_3, layer, train

VIEWS = ("lines", "path", "ratio", "histogram")


def records() -> dict[str, Record]:
    return {
        "not started": fresh(),
        "no epoch known": train(fresh(epoch=None), 3),
        "in the first epoch": train(fresh(), 3),
        "six epochs": train(fresh(), 60, frozen_after_3),
        "all frozen": train(fresh(), 12, lambda step: (0.0, 0.0)),
        "diverged": train(fresh(), 12, loss=lambda step: [np.inf, 1e300, np.nan][step % 3]),
        "no groups": Record({"a": None}, []),
        "no gradients": layer(3),
    }


cases = pytest.mark.parametrize("view", VIEWS)
of_each = pytest.mark.parametrize("record", records().values(), ids=records())


def words(axes: Axes) -> set[str]:
    texts = axes.findobj(Text)  # type: ignore[attr-defined]
    return {text.get_text() for text in texts if text.get_visible() and text.get_text()}


@cases
@of_each
def test_ticks_and_words_are_those_of_the_scene(record: Record, view: str) -> None:
    name = next(iter(record.parameters))
    figure = figures.overview(record, name, view=view)  # type: ignore[arg-type]
    figure.canvas.draw()
    scene = run_scene(Summary(record), [name], view=view)  # type: ignore[arg-type]
    for axes, chart in zip(figure.axes, scene.values(), strict=True):
        shown = words(axes)
        assert chart["title"] in shown
        assert not chart["hint"] or chart["hint"] in shown
        if chart["kind"] == "cells":
            assert set(chart["short"]) <= shown
            newest = chart["numbers"][-1:] or [[]]
            assert set(newest[0]) <= shown
            continue
        assert set(chart["y"]["labels"]) - {""} <= shown or chart.get("equal")
        assert {v["text"] for v in chart["verticals"]} - {""} <= shown
        assert {mark["label"] for mark in chart["marks"] if mark.get("label")} <= shown or not len(
            chart["tables"]["t"]
        )
        assert not chart.get("note") or chart["note"] in shown
        assert not chart.get("alert") or chart["alert"] in shown


@cases
@of_each
def test_text_is_readable_and_within_the_figure(record: Record, view: str) -> None:
    figure = figures.overview(record, view=view)  # type: ignore[arg-type]
    figure.canvas.draw()
    for text in figure.findobj(Text):  # type: ignore[attr-defined]
        if text.get_visible() and text.get_text() and text.get_text() != "Figure":
            assert text.get_fontsize() >= SIZE
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.x1 <= figure.bbox.width + 1, text


def test_curves_lie_where_the_scene_places_them() -> None:
    record = train(fresh(), 60, frozen_after_3)
    figure, scene = figures.overview(record), run_scene(Summary(record), ["classifer.bias"])
    for axes, chart in zip(figure.axes[:3], list(scene.values())[:3], strict=True):
        table = chart["tables"]["t"]
        drawn = [np.asarray(line.get_xydata()) for line in axes.lines]
        for mark in chart["marks"]:
            values = table[:, mark["column"]]
            at = place(chart["y"], values, mark.get("lane", 0), mark.get("lanes", 1))
            shown = np.isfinite(values)
            wanted = np.column_stack([table[:, 0], at])[shown]
            assert any(
                len(line) == len(table) and np.allclose(line[shown], wanted) for line in drawn
            ), mark


def test_colours_are_the_groups() -> None:
    record = train(fresh(), 60, frozen_after_3)
    figure = figures.learning_rates(record)
    tones = {to_hex(line.get_color()) for line in figure.axes[0].lines}
    assert {COLOURS[0], COLOURS[1]} <= tones
    labels = figures.grad_sums(record).axes[0].get_yticklabels()
    assert [to_hex(label.get_color()) for label in labels] == [
        COLOURS[group] for group in record.parameters.values() if group is not None
    ]


@of_each
def test_single_figures(record: Record) -> None:
    name = next(iter(record.parameters))
    for figure in (
        figures.loss(record),
        figures.learning_rates(record),
        figures.trajectory(record, name, figsize=(6, 4)),
        figures.grad_sums(record),
        figures.grad_sums(record, "last", watch=name),
    ):
        assert isinstance(figure, Figure)
        figure.canvas.draw()


def test_x_axes_of_a_run_agree() -> None:
    figure = figures.overview(train(fresh(), 33))
    assert len({axes.get_xlim() for axes in figure.axes[:3]}) == 1


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="which must be 'epoch' or 'last'"):
        figures.grad_sums(fresh(), "first")  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="nobody"):
        figures.grad_sums(fresh(), watch="nobody")


SOME = [names for count in (1, 2, 3, 4) for names in combinations(CHARTS, count)]


@pytest.mark.parametrize("names", SOME, ids="-".join)
def test_some_of_the_charts_share_the_figure(names: tuple[str, ...]) -> None:
    record = train(fresh(), 60, frozen_after_3)
    scene = run_scene(Summary(record), [next(iter(record.parameters))])
    figure = draw_scene({name: scene[name] for name in names}, lambda: "some", 4)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        scene[name]["title"] for name in names
    ]
    inside = [axes.get_position() for axes in figure.axes]
    assert all(0 < box.x0 < box.x1 < 1 and 0 < box.y0 < box.y1 < 1 for box in inside)
    for one, other in combinations(inside, 2):
        apart = one.x1 < other.x0 or one.y1 < other.y0 or other.x1 < one.x0 or other.y1 < one.y0
        assert apart
    lines = 1 if len(names) < 3 else 2
    assert figure.get_size_inches().tolist() == [WIDTH, lines * HEIGHT / 2]
