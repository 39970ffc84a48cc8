"""The live charts in Chromium, without Jupyter: what is painted, and what pointer and keys tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from fineopt.landscape import descend, find_landscape
from fineopt.recorder import Record
from fineopt.scenes.charts.audit_ratios import audit_chart
from fineopt.scenes.charts.landscape import landscape_chart
from fineopt.scenes.style import COLOURS, DARK_COLOURS
from fineopt.scenes.watched_run import WatchedRun
from tests.browser.stage import Stage
from tests.browser.told import assert_known
from tests.browser.waiting import eventually
from tests.support.audited import AUDITED

GROUNDS = {"light": "#ffffff", "dark": "#111111"}
STEPS, EPOCH = 40, 10
NAMES = {"conv.weight": 0, "fc.weight": 1, "fc.bias": 1}


def go_on(record: Record, steps: int, lr: float = 0.05) -> None:
    """Record steps of three parameters, whose numbers follow from the step."""
    for _ in range(steps):
        step = record.steps
        values = {name: np.array([0.1 * i, 0.02 * step]) for i, name in enumerate(NAMES)}
        grads = {name: np.array([(-1.0) ** i * (i + 1), 0.25]) for i, name in enumerate(NAMES)}
        if not record.started:
            record.start(values)
        record.add_step(1 + np.cos(step / 3), [lr, 0.0 if step > 20 else 0.01], values, grads)
        if record.steps % EPOCH == 0:
            record.end_epoch(0.5, values, grads)


@pytest.fixture
def run() -> WatchedRun:
    record = Record(NAMES, ["conv", "fc"], steps_per_epoch=EPOCH)
    go_on(record, STEPS)
    return WatchedRun(record, "conv.weight")


@pytest.fixture(params=[1, 2], ids=["scale 1", "scale 2"])
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page without Jupyter, whose errors fail the test."""
    yield from screen_of(browser, device_scale_factor=request.param)


@pytest.fixture
def bare(browser: Browser) -> Iterator[Page]:
    yield from screen_of(browser)


def screen_of(browser: Browser, width: int = 900, **options: Any) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(f"{error.message}\n{error.stack}"))
    yield page
    context.close()
    assert errors == []


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def ratio_of(page: Page) -> float:
    return float(page.evaluate("() => devicePixelRatio"))


# ---- what is painted ----


@pytest.mark.parametrize("theme", GROUNDS)
def test_the_colours_are_the_theme_s_and_the_groups_(
    screen: Page, run: WatchedRun, theme: str
) -> None:
    stage = Stage(screen, run.scene, ground=GROUNDS[theme])
    scale = ratio_of(screen)
    assert stage.pixels(0, 0, 1, 1) == [rgb(GROUNDS[theme])]
    palette = DARK_COLOURS if theme == "dark" else COLOURS
    x, y = stage.at("rate", 1.0, float(np.log10(0.05)))
    column = stage.pixels(x * scale, (y - 4) * scale, 1, 8 * scale)
    assert rgb(palette[0]) in column, "the line of the first group has its colour"


# A busy page that is scrolled away and back is told both changes at once.
AWAY_AND_BACK = """window.IntersectionObserver = class {
    constructor(tell) { this.tell = tell; }
    observe() {
        setTimeout(() => this.tell([{ isIntersecting: false }, { isIntersecting: true }]));
    }
    disconnect() {}
};"""


def test_charts_that_are_back_on_the_screen_are_painted(bare: Page, run: WatchedRun) -> None:
    bare.add_init_script(AWAY_AND_BACK)
    stage = Stage(bare, run.scene)
    eventually(bare, lambda: [*stage.boxes()], lambda names: names == [*run.scene()], "painted")
    stage.pump()
    assert [said["idle"] for said in stage.heard if "idle" in said] == [False]


@pytest.mark.parametrize("chart", ["loss", "rate", "watched"])
def test_an_axis_line_is_one_device_pixel_wide_and_not_blurred(
    screen: Page, run: WatchedRun, chart: str
) -> None:
    stage = Stage(screen, run.scene, ground="#ffffff")
    scale = ratio_of(screen)
    plot = stage.boxes()[chart]["plot"]
    base = (plot["y"] + plot["h"]) * scale
    right = (plot["x"] + plot["w"] - 4) * scale  # beyond the last tick, where nothing is drawn
    across = stage.pixels(right, base - 4, 1, 8)
    assert [colour for colour in across if colour != (255, 255, 255)] == [rgb("#222222")]
    left = plot["x"] * scale
    down = stage.pixels(left - 4, (plot["y"] + 0.31 * plot["h"]) * scale, 8, 1)
    assert rgb("#222222") in down
    dark = [colour for colour in down if colour != (255, 255, 255)]
    assert set(dark) == {rgb("#222222")}, "neither lighter nor wider"
    assert len(dark) <= 1 + 3 * scale  # the line, or a tick of three pixels at it


def test_a_canvas_has_a_whole_number_of_device_pixels_for_each_of_its_own(
    browser: Browser, run: WatchedRun
) -> None:
    for page in screen_of(browser, 883, device_scale_factor=1.25):
        stage = Stage(page, run.scene, width=777)
        drawn, shown = stage.canvas.evaluate(
            "c => [[c.width, c.height], [c.getBoundingClientRect().width,"
            " c.getBoundingClientRect().height].map(v => v * devicePixelRatio)]"
        )
        assert drawn == pytest.approx(shown, abs=0.02)


@pytest.mark.parametrize(("width", "columns"), [(1280, 2), (700, 2), (600, 1), (400, 1), (360, 1)])
def test_two_columns_or_one_by_the_width_of_the_container(
    bare: Page, run: WatchedRun, width: int, columns: int
) -> None:
    bare.set_viewport_size({"width": 1400, "height": 800})
    stage = Stage(bare, run.scene, width=width)
    boxes = stage.boxes().values()
    assert len({box["x"] for box in boxes}) == columns
    assert max(box["x"] + box["w"] for box in boxes) <= width
    bare.evaluate("() => { document.querySelector('.fineopt-charts').style.width = '500px'; }")
    stage.pump()
    assert len({box["x"] for box in stage.boxes().values()}) == 1


def test_no_text_is_smaller_than_11_pixels(browser: Browser, run: WatchedRun) -> None:
    spy = """() => {
        const proto = CanvasRenderingContext2D.prototype, fill = proto.fillText;
        window.fonts = new Set();
        proto.fillText = function (...all) { window.fonts.add(this.font); fill.apply(this, all); };
    }"""
    for width in (360, 880):
        for page in screen_of(browser, width):
            page.add_init_script(f"({spy})()")
            for view in ("lines", "path", "ratio", "histogram"):
                run.view = view  # type: ignore[assignment]
                Stage(page, run.scene)
                fonts = page.evaluate("() => [...window.fonts]")
                sizes = [float(re.findall(r"([\d.]+)px", font)[0]) for font in fonts]
                assert sizes
                assert min(sizes) >= 11


@pytest.mark.parametrize("width", [360, 620, 700, 880])
def test_numbers_stay_in_their_cells(browser: Browser, width: int) -> None:
    spy = """() => {
        const proto = CanvasRenderingContext2D.prototype, fill = proto.fillText;
        window.wide = {};
        proto.fillText = function (text, x, y, room = Infinity) {
            window.wide[text] = Math.min(this.measureText(text).width, room);
            fill.call(this, text, x, y, room);
        };
    }"""
    record = Record(NAMES, ["conv", "fc"], steps_per_epoch=1)
    values = {name: np.ones(2) for name in NAMES}
    record.start(values)
    for total in (-0.0069, -0.034, -6.9e-7, -12300.0, -0.0042, 0.0, np.nan, -np.inf):
        grads = {name: np.array([total, 0.0]) for name in NAMES}
        record.add_step(1.0, [0.1, 0.1], values, grads)
        record.end_epoch(0.5, values, grads)
    run = WatchedRun(record, "conv.weight")
    for page in screen_of(browser, width):
        page.add_init_script(f"({spy})()")
        stage = Stage(page, run.scene)
        grid, wide = stage.boxes()["grad"]["grid"], page.evaluate("() => window.wide")
        shown = {cell for row in run.scene()["grad"]["numbers"][grid["first"] :] for cell in row}
        assert len(shown & wide.keys()) == len(shown) > 2
        assert max(wide[number] for number in shown) <= grid["wide"] - 4


def test_a_theme_that_changes_is_followed(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene, ground="#ffffff")
    bare.evaluate("() => { document.body.style.background = '#111111'; }")
    bare.evaluate("() => { document.body.dataset.jpThemeName = 'JupyterLab Dark'; }")
    bare.wait_for_timeout(200)
    stage.pump()
    assert stage.pixels(0, 0, 1, 1) == [rgb("#111111")]


@pytest.mark.parametrize(("words", "ground"), [("#eeeeee", "#111111"), ("#111111", "#ffffff")])
def test_without_a_background_the_page_s_words_tell_what_they_are_on(
    browser: Browser, run: WatchedRun, words: str, ground: str
) -> None:
    # as in a frame of Colab, which shows the page behind it; the system's preference says nothing
    for page in screen_of(browser, color_scheme="dark" if ground == "#ffffff" else "light"):
        stage = Stage(page, run.scene, ground=f"transparent;color:{words}")
        assert stage.pixels(0, 0, 1, 1) == [rgb(ground)]


def test_high_contrast_has_no_grey_words(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene, ground="#000000")
    before = stage.pixels(0, 0, 880, 24)
    bare.evaluate("() => { document.body.dataset.jpThemeName = 'JupyterLab Dark High Contrast'; }")
    bare.wait_for_timeout(200)
    stage.pump()
    after = stage.pixels(0, 0, 880, 24)
    assert max(before) < (255, 255, 255)
    assert max(after) == (255, 255, 255)


def test_only_charts_that_changed_are_painted(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene, ground="#ffffff")
    bare.evaluate(
        """() => {
            const proto = CanvasRenderingContext2D.prototype, clip = proto.rect;
            window.painted = 0;
            proto.rect = function (...all) { window.painted++; clip.apply(this, all); };
        }"""
    )
    stage.refresh()
    assert bare.evaluate("() => window.painted") == 0
    run.view = "histogram"
    stage.refresh()
    assert 0 < bare.evaluate("() => window.painted") <= 2  # one chart, and its axes


# ---- values under the pointer, and by keys ----


def test_the_pointer_shows_the_values_of_the_record(screen: Page, run: WatchedRun) -> None:
    stage = Stage(screen, run.scene)
    record = run.record
    for step in (1, 13, STEPS):
        x, y = stage.at("loss", float(record.epochs_at(step)), 1.0)
        screen.mouse.move(x, y)
        stage.pump()
        lines = stage.tip.inner_text().split("\n")
        assert lines[0] == f"step {step}, epoch {step / EPOCH:g}"
        assert lines[1] == f"loss: {record.loss[step - 1]:.4g}"
        x, y = stage.at("rate", float(record.epochs_at(step)) + 1e-3, -2.0)
        screen.mouse.move(x, y)
        stage.pump()
        lines = stage.tip.inner_text().split("\n")
        rates = [float(line.split(": ")[1]) for line in lines[1:]]
        assert rates == pytest.approx(record.lr[step - 1].tolist(), rel=1e-3)
    screen.mouse.move(0, 790)
    stage.pump()
    assert stage.tip.is_hidden()


def test_the_nearest_line_of_a_trajectory_is_told(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene)
    x, y = stage.at("watched", 2.0, 0.02 * 2 * EPOCH)
    bare.mouse.move(x, y - 2)
    stage.pump()
    lines = stage.tip.inner_text().split("\n")
    assert len(lines) == 2
    assert lines[1].startswith("[1]: ")
    step = int(re.findall(r"step (\d+)", lines[0])[0])
    kept = run.record.trajectory("conv.weight")
    at = int(np.searchsorted(run.record.trajectory_steps, step))
    assert float(lines[1].split(": ")[1]) == pytest.approx(kept[at, 1], rel=1e-3)


def test_arrow_keys_move_over_steps_and_charts_and_are_spoken(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene)
    spoken = bare.locator("[aria-live=polite]").first
    stage.canvas.focus()
    for key, first in (
        ("ArrowRight", f"step {STEPS}, epoch 4"),
        ("ArrowLeft", f"step {STEPS - 1}, epoch 3.9"),
        ("Home", "step 1, epoch 0.1"),
        ("End", f"step {STEPS}, epoch 4"),
    ):
        bare.keyboard.press(key)
        stage.pump()
        assert stage.tip.inner_text().split("\n")[0] == first
    expect(spoken).to_contain_text("loss: ")
    for _ in range(3):
        bare.keyboard.press("PageDown")
    bare.keyboard.press("ArrowDown")
    bare.keyboard.press("Enter")
    stage.pump()
    assert [one["watch"] for one in stage.heard if "watch" in one] == ["fc.weight"]
    bare.keyboard.press("Escape")
    stage.pump()
    assert stage.tip.is_hidden()


def test_a_click_on_a_row_or_a_line_watches_that_parameter(bare: Page, run: WatchedRun) -> None:
    watched: list[str] = []
    run.watch = ["conv.weight", "fc.bias"]
    stage = Stage(bare, run.scene, watch=watched.append)
    plot = stage.boxes()["grad"]["plot"]
    for row, name in enumerate(sorted(NAMES)):
        bare.mouse.click(plot["x"] - 20, plot["y"] + plot["h"] * (row + 0.5) / len(NAMES))
        stage.pump()
        bare.mouse.click(plot["x"] + 20, plot["y"] + plot["h"] * (row + 0.5) / len(NAMES))
        stage.pump()
        rows = list(run.record.parameters)
        assert watched[-2:] == [rows[row]] * 2, name
    x, y = stage.at("watched", 2.0, 0.2)  # the first number of fc.bias rests at 0.2
    bare.mouse.click(x, y)
    stage.pump()
    assert watched[-1] == "fc.bias"
    before = list(watched)
    bare.mouse.click(x, y - 30)  # near no line
    stage.pump()
    assert watched == before


def test_a_double_click_zooms_and_another_comes_back(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene)
    whole = stage.boxes()["loss"]
    x, y = stage.at("loss", 2.0, 1.0)
    bare.mouse.dblclick(x, y)
    stage.pump()
    part = stage.boxes()["loss"]
    for axis in ("xAxis", "yAxis"):
        low, high = part[axis]["low"], part[axis]["high"]
        assert high - low == pytest.approx((whole[axis]["high"] - whole[axis]["low"]) / 4)
        assert len(part[axis]["labels"]) >= 2
    go_on(run.record, 3)
    stage.refresh()
    assert stage.boxes()["loss"]["xAxis"]["low"] == part["xAxis"]["low"]
    bare.mouse.dblclick(x, y)
    stage.pump()
    again = stage.boxes()["loss"]
    assert again["xAxis"]["low"] == whole["xAxis"]["low"]
    bare.mouse.dblclick(whole["plot"]["x"] - 10, y)  # the y axis alone
    stage.pump()
    only = stage.boxes()["loss"]
    assert only["xAxis"]["high"] == again["xAxis"]["high"]
    assert only["yAxis"]["high"] < whole["yAxis"]["high"]


def test_a_start_is_dropped_on_a_landscape(screen: Page) -> None:
    dropped: list[tuple[float, float]] = []
    beale = find_landscape("beale")
    runs = [descend("beale", steps=20)]
    stage = Stage(
        screen,
        lambda: {"map": landscape_chart(beale, runs)},
        drop=lambda x, y: dropped.append((x, y)),
    )
    screen.mouse.move(*stage.at("map", 1.0, -0.5))
    screen.mouse.down()
    screen.mouse.move(*stage.at("map", -2.0, 1.5), steps=5)
    screen.mouse.up()
    stage.pump()
    assert dropped[0] == pytest.approx((1.0, -0.5), abs=0.03)
    assert dropped[-1] == pytest.approx((-2.0, 1.5), abs=0.03)
    count = len(dropped)
    plot = stage.boxes()["map"]["plot"]
    screen.mouse.click(plot["x"] + plot["w"] / 2, plot["y"] + plot["h"] + 20)  # below the axes
    stage.pump()
    assert len(dropped) == count


@pytest.mark.parametrize("edge", ["left", "right", "above", "below"])
def test_a_start_is_dragged_along_the_edge_of_the_axes(screen: Page, edge: str) -> None:
    dropped: list[tuple[float, float]] = []
    beale = find_landscape("beale")
    runs = [descend("beale", steps=5)]
    stage = Stage(
        screen,
        lambda: {"map": landscape_chart(beale, runs)},
        drop=lambda x, y: dropped.append((x, y)),
    )
    plot = stage.boxes()["map"]["plot"]
    middle = plot["x"] + plot["w"] / 2, plot["y"] + plot["h"] / 2
    (low, right), (bottom, top) = beale.x_range, beale.y_range
    to, ends, kept = {
        "left": ((plot["x"] - 20, middle[1]), (0, low), 1),
        "right": ((plot["x"] + plot["w"] + 200, middle[1]), (0, right), 1),
        "above": ((middle[0], max(plot["y"] - 15, 1)), (1, top), 0),
        "below": ((middle[0], plot["y"] + plot["h"] + 25), (1, bottom), 0),
    }[edge]
    screen.mouse.move(*middle)
    screen.mouse.down()
    screen.mouse.move(*to, steps=4)
    screen.mouse.up()
    stage.pump()
    axis, end = ends
    assert dropped[-1][axis] == pytest.approx(end, abs=0.03), "the edge, not beyond it"
    assert dropped[-1][kept] == pytest.approx(dropped[0][kept], abs=0.03), "along the edge"
    assert all(low <= x <= right and bottom <= y <= top for x, y in dropped)
    count = len(dropped)
    screen.mouse.move(*middle)  # not pressed any more
    stage.pump()
    assert len(dropped) == count


# ---- an audit ----


def test_an_audit_says_why_each_parameter_moves_or_stays(screen: Page) -> None:
    stage = Stage(screen, lambda: {"audit": audit_chart(AUDITED, ["conv", "fc"])}, ground="#ffffff")
    plot = stage.boxes()["audit"]["plot"]
    for i, row in enumerate(AUDITED):  # anywhere in its row
        for share in (0.02, 0.5, 0.98):
            screen.mouse.move(plot["x"] + share * plot["w"], stage.at("audit", 0, 3 - i)[1] + 5)
            stage.pump()
            assert stage.tip.inner_text().startswith(f"{row.name}\n")
            assert row.words in stage.tip.inner_text()
    screen.mouse.move(0, 790)
    stage.canvas.focus()
    for keys, name in [
        (["ArrowDown"], "conv.weight"),
        (["ArrowDown", "ArrowDown"], "fc.bias"),
        (["ArrowUp"], "fc.weight"),
        (["End"], "loose"),
        (["ArrowDown"], "loose"),
        (["Home", "ArrowUp"], "conv.weight"),
    ]:
        for key in keys:
            screen.keyboard.press(key)
            stage.pump()
        assert stage.tip.inner_text().startswith(f"{name}\n")
    scale = ratio_of(screen)
    x, y = stage.at("audit", float(np.log10(0.4)), 1.0)
    dot = stage.pixels((x - 1) * scale, (y - 1) * scale, 2, 2)
    assert rgb(COLOURS[1]) in dot, "a dot in its group's colour"


# ---- frames ----


def test_the_page_knows_the_scene_through_growth_views_resets_and_lost_frames(
    bare: Page, run: WatchedRun
) -> None:
    stage = Stage(bare, run.scene)
    for turn in range(12):
        go_on(run.record, 7)
        if turn % 3 == 1:
            run.view = ("path", "ratio", "histogram", "lines")[turn // 3]  # type: ignore[assignment]
        if turn == 5:
            run.record.clear()
        stage.deaf = turn in (4, 8)  # this frame is lost
        stage.refresh()
        if not stage.deaf:
            assert_known(bare, run)


def test_a_second_view_shows_the_same_at_its_own_width(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene, width=800)
    bare.evaluate("() => { window.stage.add(420); }")
    stage.pump()
    go_on(run.record, 5)
    stage.refresh()
    views = bare.get_by_role("img")
    expect(views).to_have_count(2)
    sizes = views.evaluate_all("all => all.map(one => one.width)")
    assert sizes == [800, 420]
    painted = views.evaluate_all(
        """all => all.map(canvas =>
            new Set(canvas.getContext('2d').getImageData(0, 0, 300, 200).data).size > 9)"""
    )
    assert painted == [True, True]


def test_a_page_acknowledges_what_it_painted_a_few_times_a_second(
    bare: Page, run: WatchedRun
) -> None:
    stage = Stage(bare, run.scene)
    for _ in range(10):
        go_on(run.record, 1)
        stage.view.refresh(final=False)

    def acknowledged() -> list[int]:
        stage.pump()
        return [one["ack"] for one in stage.heard if "ack" in one]

    eventually(bare, acknowledged, lambda acks: acks[-1:] == [stage.view.frames], "frames")
    assert len(acknowledged()) < stage.view.frames, "not each frame by itself"


def test_reduced_motion_paints_less_often_and_ends_with_the_truth(
    browser: Browser, run: WatchedRun
) -> None:
    for page in screen_of(browser, reduced_motion="reduce"):
        stage = Stage(page, run.scene)
        count = "() => document.querySelector('.fineopt-charts').fineoptView.stats.painted"
        before = page.evaluate(count)
        for _ in range(20):
            go_on(run.record, 1)
            stage.view.refresh(final=False)
            stage.pump()
        page.wait_for_timeout(600)
        assert before < page.evaluate(count) < before + 20
        assert_known(page, run)


def test_the_description_is_the_canvas_s_label(bare: Page, run: WatchedRun) -> None:
    stage = Stage(bare, run.scene, run.describe)
    expect(stage.canvas).to_have_attribute("aria-label", run.describe())
    run.watch = "fc.bias"
    stage.refresh()
    expect(stage.canvas).to_have_attribute("aria-label", re.compile(r"Watched: fc\.bias"))
