"""The two renderers agree: matplotlib's figures and the canvas of the page, of the same scenes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text
from playwright.sync_api import Browser, Page

from fineopt import figures
from fineopt.landscape import descend, find_landscape
from fineopt.recorder import Record
from fineopt.scenes.charts.audit_ratios import audit_chart
from fineopt.scenes.charts.landscape import landscape_chart
from fineopt.scenes.scene import Scene, place
from fineopt.scenes.watched_run import WatchedRun
from tests.browser.stage import Stage
from tests.browser.test_charts import NAMES, go_on, screen_of
from tests.support.audited import AUDITED

NEAR = 2.0  # pixels
SPY = """() => {
    const proto = CanvasRenderingContext2D.prototype, fill = proto.fillText;
    window.words = [];
    proto.fillText = function (text, ...at) {
        window.words.push(text);
        fill.call(this, text, ...at);
    };
}"""
PLACES = """([name, points]) => {
    const box = document.querySelector('.fineopt-charts').fineoptView.boxes()[name];
    const { plot } = box;
    return points.map(([x, y]) =>
        [(box.sx(x) - plot.x) / plot.w, 1 - (box.sy(y ?? -Infinity) - plot.y) / plot.h]);
}"""
VIEWS = ("lines", "path", "ratio", "histogram")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    for page in screen_of(browser, 1400):
        page.add_init_script(f"({SPY})()")
        yield page


@pytest.fixture
def run() -> WatchedRun:
    record = Record(NAMES, ["conv", "fc"], steps_per_epoch=10)
    go_on(record, 25)
    go_on(record, 15, lr=0.02)
    return WatchedRun(record, "fc.weight")


def words_of(axes: Axes) -> set[str]:
    """All that is written in and around the axes of a figure, by line."""
    found = [text.get_text() for text in axes.findobj(Text) if text.get_visible()]
    return {line.strip() for text in found for line in text.split("\n") if line.strip()}


def figure_of(run: WatchedRun) -> Any:
    figure = figures.overview(run.record, run.watched, view=run.view, marks=run.marks)
    figure.canvas.draw()
    return figure


def axes_by_chart(figure: Any, scene: Scene) -> dict[str, Axes]:
    titled = {text: axes for axes in figure.axes for text in [axes.get_title("left")] if text}
    return {name: titled[chart["title"]] for name, chart in scene.items()}


def said_on_canvas(page: Page) -> set[str]:
    return {str(word).strip() for word in page.evaluate("() => window.words")}


@pytest.mark.parametrize("view", VIEWS)
def test_ticks_and_words_are_the_same(page: Page, run: WatchedRun, view: str) -> None:
    run.view = view  # type: ignore[assignment]
    scene = run.scene()
    Stage(page, run.scene, width=1200)
    canvas = said_on_canvas(page)
    for name, axes in axes_by_chart(figure_of(run), scene).items():
        chart = scene[name]
        assert chart["title"] in canvas
        if chart["kind"] != "xy":
            continue
        for which, ticks in (("x", axes.get_xticklabels()), ("y", axes.get_yticklabels())):
            drawn = [tick.get_text() for tick in ticks if tick.get_text()]
            assert set(drawn) <= set(chart[which]["labels"])
            if not chart.get("equal"):
                assert set(drawn) <= canvas, (name, which)
        said = words_of(axes)
        for word in [v["text"] for v in chart["verticals"] if v["text"]]:
            assert word in canvas
            assert any(word in line for line in said), (name, word, said)


def test_an_audit_has_the_same_rows_and_words(page: Page) -> None:
    figure = figures.audit_ratios(SimpleNamespace(rows=AUDITED))
    figure.canvas.draw()
    (axes,) = figure.axes
    chart = audit_chart(AUDITED)
    Stage(page, lambda: {"audit": chart}, width=620)
    canvas, said = said_on_canvas(page), words_of(axes)
    words = [word["text"] for word in chart["words"]]
    assert {chart["title"], *chart["x"]["labels"], *chart["y"]["labels"], *words} <= canvas & said


def test_the_numbers_of_the_grad_sums_are_the_same(page: Page, run: WatchedRun) -> None:
    scene = run.scene()
    Stage(page, run.scene, width=1200)
    canvas, said = said_on_canvas(page), words_of(axes_by_chart(figure_of(run), scene)["grad"])
    numbers = {number for row in scene["grad"]["numbers"] for number in row}
    assert numbers
    assert numbers <= canvas
    assert numbers <= said
    assert set(scene["grad"]["short"]) <= canvas & said


@pytest.mark.parametrize("view", ["lines", "ratio", "histogram"])
def test_points_of_curves_lie_within_two_pixels(page: Page, run: WatchedRun, view: str) -> None:
    """Each point of each curve, as a share of its axes, at the canvas's size at scale 1."""
    run.view = view  # type: ignore[assignment]
    stage, scene = Stage(page, run.scene, width=1200), run.scene()
    boxes = stage.boxes()
    for name, axes in axes_by_chart(figure_of(run), scene).items():
        chart = scene[name]
        if chart["kind"] != "xy":
            continue
        plot = boxes[name]["plot"]
        for mark in chart["marks"]:
            table = chart["tables"][mark["table"]]
            columns = [mark["column"], *([mark["to"]] if mark["draw"] == "area" else [])]
            for column in columns:
                points = table[:, [0, column]].astype(float)
                points = points[~np.isnan(points).any(axis=1)]
                told = [[x, None if y == -math.inf else y] for x, y in points.tolist()]
                here = np.array(page.evaluate(PLACES, [name, told])).reshape(-1, 2)
                low, high = axes.get_xlim()
                across = (points[:, 0] - low) / (high - low)
                up = place(chart["y"], points[:, 1])
                pixels = np.column_stack([across, up]) - here
                pixels *= [plot["w"], plot["h"]]
                assert np.abs(pixels).max(initial=0) <= NEAR, (name, mark)


def curves_of(axes: Axes) -> list[np.ndarray]:
    """The points of all lines of a figure, as shares of its axes."""
    return [
        axes.transAxes.inverted().transform(axes.transData.transform(line.get_xydata()))
        for line in axes.lines
        if len(line.get_xydata()) > 2
    ]


def test_the_running_mean_is_painted_where_matplotlib_draws_it(page: Page, run: WatchedRun) -> None:
    """Pixels of the canvas itself: there is ink within two pixels of each point of the curve."""
    stage, scene = Stage(page, run.scene, width=1200, ground="#ffffff"), run.scene()
    plot = stage.boxes()["loss"]["plot"]
    axes = axes_by_chart(figure_of(run), scene)["loss"]
    widest = max(axes.lines, key=lambda line: line.get_linewidth() * (len(line.get_xdata()) > 2))
    points = axes.transAxes.inverted().transform(axes.transData.transform(widest.get_xydata()))
    assert len(points) >= 40
    for across, up in points:
        x, y = plot["x"] + across * plot["w"], plot["y"] + (1 - up) * plot["h"]
        around = stage.pixels(x - NEAR, y - NEAR, 2 * NEAR + 1, 2 * NEAR + 1)
        assert min(sum(colour) for colour in around) < 3 * 0x60, (across, up)


def test_a_landscape_has_the_same_legend_and_note(page: Page) -> None:
    beale, runs = find_landscape("beale"), [descend("beale", steps=20)]
    chart = landscape_chart(beale, runs)
    Stage(page, lambda: {"map": chart}, width=1200)
    canvas = " ".join(sorted(said_on_canvas(page)))
    figure = figures.landscape(beale, runs)
    figure.canvas.draw()
    said = " ".join(text.get_text() for text in figure.findobj(Text))
    for line in chart["legend"][0]["text"].split("\n"):
        assert line in canvas
        assert line in re.sub(r"\s+", " ", said)
    assert chart["title"] in canvas
