"""What is around the charts of the training panel: Again, Copy as Python, refusals, NaN, rows."""

from __future__ import annotations

from collections.abc import Iterator

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
    "from fineopt.widgets import TrainingPanel\n"
    "from tests.support.small import make_trainer\n"
    "trainer = make_trainer()\n"
    "groups = trainer.optimizer.param_groups",
    "panel = TrainingPanel(trainer)\npanel",
)
PANEL = 1


@pytest.fixture
def panel(lab: Lab, page: Page) -> Iterator[Locator]:
    page.set_viewport_size({"width": 1280, "height": 1000})
    write_notebook(lab.root / "around.ipynb", *CELLS)
    open_notebook(page, lab, "around.ipynb")
    run_cell(page, 0)
    run_cell(page, PANEL)
    shown = panel_output(page, PANEL)
    shown.get_by_role("slider").first.wait_for()
    yield shown


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name)


def wait_until(page: Page, condition: str) -> None:
    eventually(
        page,
        lambda: run_python(page, f"print({condition})"),
        lambda answer: answer == "True",
        condition,
    )


def test_again_keeps_the_rates_and_reset_all_does_not(page: Page, panel: Locator) -> None:
    field = panel.get_by_role("spinbutton", name="lr of first")
    field.fill("0,03")
    field.press("Enter")
    button(panel, "Epoch").click()
    wait_until(page, "trainer.epoch == 1")
    panel.get_by_role("checkbox", name="Freeze last").press("Space")
    again = button(panel, "Again")
    again.focus()
    page.keyboard.press("Enter")
    wait_until(page, "(trainer.record.steps, groups[0]['lr'], groups[1]['lr']) == (0, 0.03, 0.0)")
    expect(panel.get_by_text("last · frozen (was 0.01)")).to_be_visible()
    expect(again).to_be_focused()
    button(panel, "Play").click()
    wait_until(page, "trainer.record.steps > 0")
    again.click()  # while it plays
    wait_until(page, "(panel.controller.playing, trainer.record.steps) == (False, 0)")
    button(panel, "Reset all").press("Space")
    wait_until(page, "(groups[0]['lr'], groups[1]['lr']) == (0.1, 0.01)")


def test_the_copied_code_makes_the_groups_on_a_fresh_trainer(page: Page, panel: Locator) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run_python(page, "groups[0]['lr'] = 0.03; trainer.gm.detach(trainer.net.last.bias)")
    copy = button(panel, "Copy as Python")
    copy.focus()
    page.keyboard.press("Enter")
    expect(panel.locator(".fineopt-copy-said")).to_have_text("Copied: paste it into a cell.")
    code = panel.get_by_role("textbox", name="Copy as Python")
    expect(code).to_be_focused()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == code.input_value()
    run_python(page, f"from fineopt.control.as_python import as_python\ncopied = {copied!r}")
    assert run_python(page, "print(copied == as_python(trainer))") == "True"
    fresh = "real, trainer = trainer, make_trainer(); exec(copied); made, trainer = trainer, real"
    assert run_python(page, fresh) == ""
    assert run_python(
        page, "print([g['lr'] for g in made.optimizer.param_groups], len(made.engine.attached()))"
    ) == "[0.03, 0.01] 3"  # fmt: skip
    page.keyboard.press("d")  # no shortcut of the notebook, and no change of the code
    page.keyboard.press("d")
    assert code.input_value() == copied
    page.keyboard.press("Escape")
    expect(code).to_be_hidden()
    expect(copy).to_be_focused()
    run_python(page, "groups[0]['lr'] = 0.5")
    copy.click()
    eventually(page, code.input_value, lambda text: '"lr": 0.5' in text, "the code")


def test_where_a_page_may_not_copy_the_code_is_selected(page: Page, panel: Locator) -> None:
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no'));"
        " document.execCommand = () => false; }"
    )
    button(panel, "Copy as Python").click()
    expect(panel.locator(".fineopt-copy-said")).to_have_text(
        "This page may not copy: press Ctrl+C."
    )
    chosen = page.evaluate(
        "() => { const area = document.activeElement;"
        " return area.selectionEnd - area.selectionStart === area.value.length; }"
    )
    assert chosen


def test_a_refusal_is_beside_what_caused_it_and_moves_nothing(page: Page, panel: Locator) -> None:
    button(panel, "More").nth(0).click()
    momentum = panel.get_by_label("momentum of first")
    momentum.fill("0")
    momentum.press("Enter")
    wait_until(page, "groups[0]['momentum'] == 0")
    last = panel.get_by_role("slider", name="learning rate of last")
    before = last.bounding_box()
    for junk in ("2", "-1", "abc", "", "nan", "1e999"):
        momentum.fill(junk)
        momentum.press("Enter")
        alert = momentum.locator("xpath=ancestor::*[contains(@class, 'fineopt-field')]")
        expect(alert.get_by_role("alert")).to_be_visible()
        assert last.bounding_box() == before
    assert run_python(page, "print(groups[0]['momentum'])") == "0.0"
    momentum.press("Escape")
    run_python(
        page,
        "def refuse(*a): raise ValueError('not this one')\n"
        "panel.controller.schedule.choose = refuse",
    )
    panel.get_by_label("Schedule").select_option("cosine")
    refusal = panel.locator(".fineopt-refusal", has_text="not this one")
    expect(refusal.get_by_role("alert")).to_be_visible()
    assert last.bounding_box() == before
    expect(panel.get_by_label("Schedule")).to_have_value("constant")
    box, menu = refusal.bounding_box(), panel.get_by_label("Schedule").bounding_box()
    assert box is not None
    assert menu is not None
    assert abs(box["y"] - menu["y"]) < 60


def test_the_state_line_says_what_nan_means(page: Page, panel: Locator) -> None:
    run_python(
        page,
        "good = trainer.train_func\n"
        "def spoiled(*batch):\n"
        "    pred, loss = good(*batch)\n"
        "    return pred, loss * float('nan')\n"
        "trainer.train_func = spoiled",
    )
    button(panel, "Play").click()
    expect(panel.get_by_text("NaN: not a number").first).to_be_visible()
    expect(panel.get_by_role("alert")).to_contain_text("then press Again")
    button(panel, "Play").wait_for()
    run_python(page, "trainer.train_func = good")
    button(panel, "Again").click()
    expect(panel.get_by_role("alert")).to_have_count(0)
    expect(panel.get_by_text("not started")).to_be_visible()


def test_rows_stay_where_they_are(page: Page, panel: Locator) -> None:
    parts = [panel.get_by_role("slider").nth(1), panel.get_by_role("checkbox", name="Freeze last")]
    before = [part.bounding_box() for part in parts]
    for lr in ("0.000123", "0.1", "1.23e-300", "0.0", "123456.0"):
        run_python(page, f"groups[0]['lr'] = groups[1]['lr'] = {lr}")
        expect(panel.get_by_role("spinbutton", name="lr of last")).not_to_have_value("0.01")
        page.wait_for_timeout(300)
        assert [part.bounding_box() for part in parts] == before


@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_and_is_readable(page: Page, panel: Locator, width: int) -> None:
    if width == 400:  # without the file browser
        hide_sidebar(page)
    page.set_viewport_size({"width": width, "height": 1400})
    button(panel, "Watching").click()
    button(panel, "More").first.click()
    button(panel, "Epoch").click()
    button(panel, "Copy as Python").click()
    panel.get_by_role("textbox", name="Copy as Python").wait_for()
    set_theme(page, "JupyterLab Dark")
    wait_until_it_fits(panel)
    wait_until_light(panel.locator("b"))
