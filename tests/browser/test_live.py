"""Live charts in JupyterLab: two views, two tabs, reloads, hidden and silent pages, restarts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import REPOSITORY, Heard, checked_for_errors
from tests.browser.lab_server import Lab
from tests.browser.notebook import (
    command,
    hide_sidebar,
    open_notebook,
    output,
    restart_kernel,
    run_all,
    run_cell,
    run_python,
    set_theme,
    wait_until_idle,
)
from tests.browser.test_harness import write_notebook
from tests.browser.waiting import eventually

SETUP, PANEL, AGAIN = range(3)
CELLS = (
    f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
    "import json\n"
    "from fineopt.widgets import TrainingPanel\n"
    "from tests.support.small import make_trainer\n"
    "trainer = make_trainer()",
    "panel = TrainingPanel(trainer)\npanel",
    "panel",
)
# The newest step that each view of a page shows.
SHOWN = """() => [...document.querySelectorAll('.fineopt-charts')].map(el => {
    const { scene } = el.fineoptView, loss = scene.loss, table = loss?.tables.t;
    return table?.rows ? table.data[(table.rows - 1) * table.cols + loss.step] : 0;
})"""
PAINTED = """() => [...document.querySelectorAll('.fineopt-charts canvas')].map(
    canvas => new Set(canvas.getContext('2d').getImageData(0, 0, 300, 200).data).size > 9)"""
TITLE = "() => document.querySelector('.fineopt-charts').fineoptView.scene.watched.title"
HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""
SILENCE = """() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        const text = typeof data === 'string' ? data : new TextDecoder('latin1').decode(data);
        if (!/"ack": ?\\d/.test(text)) send.call(this, data);
    };
}"""


def ask(page: Page, expression: str) -> Any:
    return json.loads(run_python(page, f"print(json.dumps({expression}))"))


def shown(page: Page) -> list[int]:
    found: list[int] = page.evaluate(SHOWN)
    return found


def wait_for_truth(page: Page, seen_by: Page | None = None) -> None:
    """Wait until all views show the record's last step, of a run that does not play."""
    there = seen_by or page
    steps = ask(page, "trainer.record.steps")
    eventually(
        there,
        lambda: shown(there),
        lambda found: bool(found) and set(found) == {steps},
        f"the step that is shown, of {steps}",
    )


def play(page: Page) -> None:
    run_python(page, "panel.controller.speed = 100; panel.controller.play()")


def pause(page: Page) -> None:
    run_python(page, "panel.controller.pause()")


def wait_for_steps(page: Page, more: int = 20) -> None:
    before = ask(page, "trainer.record.steps")
    eventually(
        page,
        lambda: ask(page, "trainer.record.steps"),
        lambda steps: int(steps) >= before + more,
        "the steps taken",
    )


@pytest.fixture
def notebook(lab: Lab, page: Page) -> str:
    page.set_viewport_size({"width": 1280, "height": 1000})
    write_notebook(lab.root / "live.ipynb", *CELLS[:2])
    open_notebook(page, lab, "live.ipynb")
    run_all(page)
    output(page, PANEL).get_by_role("img").scroll_into_view_if_needed()
    return "live.ipynb"


@pytest.mark.usefixtures("notebook")
def test_it_follows_a_run_in_either_theme_and_at_any_width(page: Page) -> None:
    canvas = output(page, PANEL).get_by_role("img")
    play(page)
    wait_for_steps(page)
    for theme, dark in (
        ("JupyterLab Dark", True),
        ("JupyterLab Dark High Contrast", True),
        ("JupyterLab Light", False),
    ):
        set_theme(page, theme)  # type: ignore[arg-type]
        eventually(
            page,
            lambda: canvas.evaluate(
                "c => Math.max(...c.getContext('2d').getImageData(0, 0, 1, 1).data.slice(0, 3))"
            ),
            lambda bright, dark=dark: (bright < 128) == dark,  # type: ignore[misc]
            f"brightness in {theme}",
        )
    for width in (400, 1280):
        page.set_viewport_size({"width": width, "height": 1000})
        if width == 400:
            hide_sidebar(page)
        canvas.scroll_into_view_if_needed()
        eventually(
            page,
            lambda: canvas.evaluate("c => c.getBoundingClientRect().width"),
            lambda wide, width=width: (wide < 420) == (width == 400),  # type: ignore[misc]
            "width of the canvas",
        )
    pause(page)
    wait_for_truth(page)
    assert page.evaluate(PAINTED) == [True]


@pytest.mark.usefixtures("notebook")
def test_the_tab_s_icon_stays_while_pages_make_the_kernel_busy(page: Page) -> None:
    icon = page.locator("head link[rel*='icon']:not([rel*='disabled'])").evaluate("a => a.href")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    run_python(page, "charged = []; panel.charts._charge = charged.append")
    play(page)
    eventually(page, lambda: ask(page, "len(charged)"), lambda n: int(n) > 4, "acknowledgements")
    pause(page)
    assert [url for url in fetched if "favicon" in url] == []
    assert (
        page.locator("head link[rel*='icon']:not([rel*='disabled'])").evaluate("a => a.href")
        == icon
    )


@pytest.mark.usefixtures("notebook")
def test_two_views_and_a_second_tab_show_the_truth(
    page: Page, lab: Lab, context: BrowserContext
) -> None:
    play(page)
    wait_for_steps(page)
    run_python(page, "from IPython.display import display")
    page.evaluate(
        """() => {
            const { model } = window.jupyterapp.shell.currentWidget.content;
            model.sharedModel.insertCell(2, { cell_type: 'code', source: 'panel' });
        }"""
    )
    run_cell(page, AGAIN)
    expect(page.locator(".fineopt-charts canvas")).to_have_count(2)
    command(page, "docmanager:save")
    other = context.new_page()
    with checked_for_errors(other, Heard(other)):
        open_notebook(other, lab, "live.ipynb")
        other.locator(".fineopt-charts canvas").first.wait_for()
        for canvas in other.locator(".fineopt-charts canvas").all():
            canvas.scroll_into_view_if_needed()
        wait_for_steps(page)
        pause(page)
        wait_for_truth(page)
        wait_for_truth(page, seen_by=other)
        run_python(page, "panel.figure.watch = 'last.weight'")
        for tab in (page, other):
            eventually(
                tab,
                lambda tab=tab: tab.evaluate(  # type: ignore[misc]
                    TITLE
                ),
                lambda title: str(title).startswith("Trajectory of last.weight"),
                "what is watched",
            )
    other.close()


@pytest.mark.usefixtures("own_page", "notebook")
def test_reloaded_while_it_plays(page: Page) -> None:
    play(page)
    wait_for_steps(page)
    command(page, "docmanager:save")
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    wait_until_idle(page)
    output(page, PANEL).get_by_role("img").scroll_into_view_if_needed()
    wait_for_steps(page)
    eventually(page, lambda: shown(page), lambda found: bool(found) and found[0] > 0, "steps")
    pause(page)
    wait_for_truth(page)


@pytest.mark.usefixtures("own_page", "notebook")
def test_a_hidden_tab_is_sent_nothing_and_catches_up(page: Page) -> None:
    play(page)
    wait_for_steps(page)
    page.evaluate(HIDE, True)
    eventually(
        page, lambda: ask(page, "len(panel.charts._pages._awake)"), lambda n: n == 0, "awake"
    )
    frames = ask(page, "panel.charts.frames")
    wait_for_steps(page, 100)
    assert ask(page, "panel.charts.frames") == frames
    page.evaluate(HIDE, False)
    wait_for_steps(page)
    assert ask(page, "panel.charts.frames") > frames
    pause(page)
    wait_for_truth(page)


@pytest.mark.usefixtures("own_page", "notebook")
def test_a_page_that_never_acknowledges_queues_nothing(page: Page) -> None:
    page.evaluate(SILENCE)
    play(page)
    wait_for_steps(page, 150)
    frames = ask(page, "panel.charts.frames")
    wait_for_steps(page, 150)
    assert ask(page, "panel.charts.frames") == frames
    pause(page)


@pytest.mark.usefixtures("notebook")
def test_a_restarted_kernel_is_told_and_a_new_panel_lives(page: Page) -> None:
    restart_kernel(page)
    said = "The kernel was restarted or shut down: run this cell again."
    words = "el => getComputedStyle(el, '::before').content"
    panel = page.locator(".fineopt-panel").first
    eventually(page, lambda: panel.evaluate(words), lambda text: said in str(text), "message")
    run_all(page)
    canvas = output(page, PANEL).get_by_role("img")
    canvas.scroll_into_view_if_needed()
    run_python(page, "panel.controller.step()")
    wait_for_truth(page)


@pytest.mark.usefixtures("notebook")
def test_a_click_on_a_row_watches_it_also_while_it_plays(page: Page) -> None:
    panel = output(page, PANEL)
    play(page)
    wait_for_steps(page)
    canvas = panel.get_by_role("img")
    row, plot = page.evaluate(
        """() => {
            const view = document.querySelector('.fineopt-charts').fineoptView;
            return [view.scene.grad.rows.indexOf('last.weight'), view.boxes().grad];
        }"""
    )
    x, y = plot["plot"]["x"] - 15, plot["plot"]["y"] + (row + 0.5) * plot["grid"]["tall"]
    canvas.click(position={"x": x, "y": y})
    expect(panel.get_by_role("button", name="Watching: last.weight")).to_be_visible()
    expect(canvas).to_have_attribute("aria-label", re.compile(r"Watched: last\.weight"))
    pause(page)
