"""The audit panel in JupyterLab: it follows a run, and can be read and used anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import REPOSITORY
from tests.browser.lab_server import Lab
from tests.browser.notebook import (
    hide_sidebar,
    open_notebook,
    panel_output,
    run_cell,
    run_python,
    set_theme,
)
from tests.browser.test_harness import write_notebook
from tests.browser.waiting import eventually, wait_until_it_fits, wait_until_light

CELLS = (
    f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
    "from fineopt.widgets import AuditPanel, TrainingController\n"
    "from tests.support.small import make_trainer\n"
    "trainer = make_trainer()\n"
    "groups = trainer.optimizer.param_groups",
    "panel = AuditPanel(trainer)\npanel",
)


@pytest.fixture
def panel(lab: Lab, page: Page) -> Iterator[Locator]:
    page.set_viewport_size({"width": 1280, "height": 900})
    write_notebook(lab.root / "audit.ipynb", *CELLS)
    open_notebook(page, lab, "audit.ipynb")
    run_cell(page, 0)
    run_cell(page, 1)
    shown = panel_output(page, 1)
    shown.get_by_role("region", name="audit").wait_for()
    yield shown


def row(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("row").filter(has=panel.page.get_by_role("rowheader", name=name))


def test_it_follows_a_run_live_within_its_share_of_the_time(page: Page, panel: Locator) -> None:
    expect(row(panel, "last.bias")).to_contain_text("it moves by its gradient")
    run_python(
        page,
        "import time\n"
        "audits = []\n"  # when each began and ended
        "audit = panel.audit._audit\n"
        "def timed():\n"
        "    begin = time.perf_counter()\n"
        "    try: return audit()\n"
        "    finally: audits.append((begin, time.perf_counter()))\n"
        "panel.audit._audit = timed\n"
        "controller = TrainingController(trainer)\n"
        "controller.play()",
    )
    first = row(panel, "first.weight").inner_text()
    eventually(  # the size of its step, as it trains
        page, lambda: row(panel, "first.weight").inner_text(), lambda now: now != first, "the row"
    )
    run_python(page, "groups[1]['lr'] = 0.0")  # by hand: at once
    expect(row(panel, "last.bias")).to_contain_text("learning rate is 0")
    audits: list[tuple[float, float]] = eventually(
        page,
        lambda: json.loads(run_python(page, "import json; print(json.dumps(audits))")),
        lambda answer: len(answer) >= 5,
        "the number of audits",
    )
    hurried = [
        begin - end < 40 * (end - former)  # 49 times its duration for a share of 2%
        for (former, end), (begin, _) in pairwise(audits)
    ]
    assert sum(hurried) <= 1, f"only the hand's change is looked at before it is due: {audits}"
    run_python(page, "controller.pause(); trainer.gm.detach(trainer.net.first.bias)")
    expect(row(panel, "first.bias")).to_contain_text("no gradient is computed")
    expect(row(panel, "first.bias").get_by_role("cell", name="no", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [1280, 400])
def test_it_is_readable_in_the_dark_theme(page: Page, panel: Locator, width: int) -> None:
    if width == 400:
        hide_sidebar(page)
    page.set_viewport_size({"width": width, "height": 900})
    set_theme(page, "JupyterLab Dark")
    wait_until_it_fits(panel)
    wait_until_light(panel.locator(".fineopt-audit th"))
    wait_until_light(panel.locator(".fineopt-audit td"))
    sizes = panel.locator(".fineopt-audit td, .fineopt-audit th").evaluate_all(
        "cells => cells.map(cell => parseFloat(getComputedStyle(cell).fontSize))"
    )
    assert min(sizes) >= 11


def test_the_table_is_scrolled_by_keyboard_and_says_why_it_cannot(
    page: Page, panel: Locator
) -> None:
    hide_sidebar(page)
    page.set_viewport_size({"width": 400, "height": 900})
    table = panel.get_by_role("region", name="audit")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: table.evaluate("e => e.scrollLeft"), lambda x: x > 0, "scrolled by")
    run_python(page, "trainer.train_func = lambda *batch: 1 / 0; groups[0]['lr'] = 0.5")
    expect(panel.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    run_python(page, "groups[0]['lr'] = 'much'")
    expect(panel.get_by_role("alert")).to_contain_text("lr")


def test_a_name_is_no_markup_and_no_formula(page: Page, panel: Locator) -> None:
    run_python(page, "groups[0]['name'] = '<b>$x$ & $y$</b><script>oops()</script>'")
    expect(row(panel, "first.bias")).to_contain_text("<b>$x$ & $y$</b><script>oops()</script>")
    expect(panel.locator("mjx-container, .MathJax")).to_have_count(0)
