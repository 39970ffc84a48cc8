"""The landscape panel in JupyterLab: click, type, drag, play, keep a run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab_server import Lab
from tests.browser.notebook import open_notebook, output, run_all, run_python, set_theme
from tests.browser.test_harness import write_notebook
from tests.browser.waiting import eventually, wait_until_it_fits

SOURCE = """from fineopt.widgets import LandscapePanel
panel = LandscapePanel("saddle", optimizers=("SGD", "Adam"), lrs=(0.1, 0.05))
controller = panel.controller
panel"""


@pytest.fixture
def panel(lab: Lab, page: Page) -> Locator:
    write_notebook(lab.root / "landscape.ipynb", SOURCE)
    open_notebook(page, lab, "landscape.ipynb")
    run_all(page)
    shown = output(page, 0)
    shown.get_by_role("button", name="Play").wait_for()
    return shown


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name)


def ask(page: Page, expression: str) -> Any:
    return json.loads(run_python(page, f"import json; print(json.dumps({expression}))"))


def wait_for_steps(page: Page, steps: int) -> None:
    eventually(
        page, lambda: int(ask(page, "controller.run.steps")), lambda done: done >= steps, "steps"
    )


def click_at(page: Page, panel: Locator, x: float, y: float) -> None:
    """Click on the map where the landscape has a point."""
    canvas = panel.get_by_role("img")
    canvas.scroll_into_view_if_needed()
    place = """([x, y]) => {
        const box = document.querySelector('.fineopt-charts').fineoptView.boxes().map;
        return box?.plot && [box.sx(x), box.sy(y)];
    }"""
    at = eventually(page, lambda: page.evaluate(place, [x, y]), bool, "its place")
    canvas.click(position={"x": at[0], "y": at[1]})


def test_a_click_sets_the_start_while_it_plays(page: Page, panel: Locator) -> None:
    click_at(page, panel, 1.0, -0.5)
    x, y = panel.get_by_role("spinbutton").all()[:2]
    expect(x).not_to_have_value("-1.6")
    expect(y).to_have_value(re.compile(r"^-0\.[45]"))
    start = ask(page, "controller.start")
    assert start == pytest.approx([1.0, -0.5], abs=0.02)
    assert [float(x.input_value()), float(y.input_value())] == start

    button(panel, "Play").click()
    wait_for_steps(page, 5)
    click_at(page, panel, -1.0, 0.5)
    there = pytest.approx([-1.0, 0.5], abs=0.02)  # the old run continues until the click arrives
    eventually(page, lambda: ask(page, "controller.start"), lambda at: at == there, "the start")
    assert ask(page, "controller.playing")


def test_the_start_can_be_typed(page: Page, panel: Locator) -> None:
    x, y = panel.get_by_role("spinbutton").all()[:2]
    x.fill("0.75")
    x.press("Enter")
    y.fill("-0.25")
    y.press("Tab")
    expect(panel.get_by_text("at (0.75, −0.25)")).to_be_visible()
    x.fill("1e9")
    x.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("far out")
    assert ask(page, "controller.start") == [0.75, -0.25]


def test_play_both_lrs_and_a_kept_run(page: Page, panel: Locator) -> None:
    button(panel, "Play").click()
    wait_for_steps(page, 8)
    first, second = panel.get_by_role("slider").all()
    first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    second.focus()
    page.keyboard.press("PageDown")
    expect(panel.get_by_role("spinbutton").nth(2)).to_have_value("0.0794")  # 5 x 0.02 decades
    expect(panel.get_by_role("spinbutton").nth(3)).not_to_have_value("0.05")
    button(panel, "Pause").click()
    button(panel, "Play").wait_for()
    lrs = ask(page, "controller.lrs")
    assert lrs[0] == 0.0794
    assert lrs[1] < 0.05

    button(panel, "Step").click()
    expect(button(panel, "Keep this run")).to_be_enabled()
    button(panel, "Keep this run").click()
    button(panel, "Clear kept runs").wait_for()
    panel.get_by_label("optimizer").nth(1).select_option("Momentum")
    button(panel, "Step").click()
    expect(panel.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("Run 2, .* Momentum")
    )
    assert ask(page, "controller.kept[0].lrs[-1].tolist()") == lrs
    assert ask(page, "[run.rules for run in controller.runs]") == [
        ["SGD", "Adam"],
        ["SGD", "Momentum"],
    ]


def test_choosing_a_landscape_and_leaving_its_domain(page: Page, panel: Locator) -> None:
    panel.get_by_label("Landscape").select_option("Ill-conditioned quadratic")
    expect(panel.get_by_role("img")).to_have_attribute("aria-label", re.compile("^Ill-cond"))
    panel.get_by_role("spinbutton").nth(2).fill("3")
    panel.get_by_role("spinbutton").nth(2).press("Enter")
    button(panel, "Play").click()
    expect(panel.get_by_text("left after").first).to_be_visible()
    button(panel, "Play").wait_for()


@pytest.mark.parametrize("width", [900, 600])
def test_it_fits_in_the_dark_theme(page: Page, panel: Locator, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    set_theme(page, "JupyterLab Dark")
    area = panel.locator(".jp-OutputArea-output:has(> .fineopt-panel)")
    wait_until_it_fits(area)
    for choice in panel.locator("select").all():
        box, row = choice.bounding_box(), choice.locator("xpath=../..").bounding_box()
        assert box is not None
        assert row is not None
        assert box["y"] + box["height"] <= row["y"] + row["height"] + 1
