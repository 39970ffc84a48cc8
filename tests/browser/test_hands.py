"""Sliders and number fields in JupyterLab: mouse and keyboard input while code sets them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import REPOSITORY
from tests.browser.lab_server import Lab
from tests.browser.notebook import command, open_notebook, output, run_cell, run_python
from tests.browser.test_harness import write_notebook

CELLS = (
    f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
    "import asyncio\n"
    "from fineopt.widgets import TrainingPanel\n"
    "from tests.support.small import make_trainer",
    "trainer = make_trainer()\n"
    "group = trainer.optimizer.param_groups[0]\n"
    "panel = TrainingPanel(trainer)\npanel",
    "display(*both)",
)
PANEL = 1
WRITES = (  # like a schedule, fifty times per second, until the group is overridden
    "async def write():\n"
    "    lr = 0.05\n"
    "    while group['lr'] == group.get('scheduled_lr', group['lr']):\n"
    "        lr *= 0.999; group['lr'] = group['scheduled_lr'] = lr; panel.show()\n"
    "        await asyncio.sleep(0.02)\n"
    "task = asyncio.get_running_loop().create_task(write())"
)


@pytest.fixture
def panel(lab: Lab, page: Page) -> Iterator[Locator]:
    write_notebook(lab.root / "hands.ipynb", *CELLS)
    open_notebook(page, lab, "hands.ipynb")
    run_cell(page, 0)
    run_cell(page, PANEL)
    shown = output(page, PANEL)
    shown.get_by_role("slider").first.wait_for()
    yield shown


def lr(page: Page) -> float:
    return float(run_python(page, "print(group['lr'])"))


def wait_for_lr(page: Page, value: float) -> None:
    for _ in range(100):
        if lr(page) == value:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the lr is {lr(page)}, not {value}")


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found is not None
    return dict(found)


def test_a_click_on_a_value_that_code_has_set_takes_effect(page: Page, panel: Locator) -> None:
    slider = panel.get_by_role("slider", name="learning rate of first")
    for step, share in ((0.1, 0.8), (1.0, 1.0), (1e-5, 0.0)):
        run_python(page, f"group['lr'] = {step}; panel.show()")
        expect(slider).to_have_attribute("aria-valuetext", str(step).replace("1.0", "1").replace(
            "1e-05", "0.00001"))  # fmt: skip
        run_python(page, "group['lr'] = 0.02; panel.show()")
        expect(slider).to_have_attribute("aria-valuetext", "0.02")
        at = box(slider)
        x = at["x"] + 8 + share * (at["width"] - 16)
        page.mouse.click(x, at["y"] + at["height"] / 2)
        for _ in range(40):
            if lr(page) != 0.02:
                break
            page.wait_for_timeout(50)
        assert lr(page) == pytest.approx(step, rel=0.06)


def test_typing_while_a_schedule_writes(page: Page, panel: Locator) -> None:
    field = panel.get_by_role("spinbutton", name="lr of first")
    for i in range(8):
        run_python(page, "group.pop('scheduled_lr', None)")
        run_python(page, WRITES)
        page.wait_for_timeout(60)
        field.click()
        page.keyboard.press("Control+a")
        page.keyboard.type(f"0,0{i + 1}37", delay=40)
        page.keyboard.press("Enter")
        wait_for_lr(page, float(f"0.0{i + 1}37"))
        expect(field).to_have_value(f"0.0{i + 1}37")
        panel.get_by_role("button", name="Step").focus()


def test_invalid_input_is_rejected_without_moving_the_layout(page: Page, panel: Locator) -> None:
    field = panel.get_by_role("spinbutton", name="lr of first")
    last = panel.get_by_role("slider", name="learning rate of last")
    before, cells = box(last), page.locator(".jp-Cell").count()
    for junk in ("abc", "1e", "--3", "1e999", "٣", "0x10", "1_000", "0,0,1", "-1", "1,500"):
        field.fill(junk)
        field.press("Enter")
        expect(panel.get_by_role("alert")).to_be_visible()
        expect(field).to_have_value("0.1")
        assert box(last) == before
    alert, ours = box(panel.get_by_role("alert")), box(panel.locator(".fineopt-panel"))
    assert alert["x"] + alert["width"] <= ours["x"] + ours["width"] + 1
    field.press("Escape")
    expect(panel.get_by_role("alert")).to_have_count(0)
    for text in ("0,01", " 0.02 ", "1e-9", "1e9", "1.7e308", "5e-324"):
        field.fill(text)
        field.press("Enter")
        wait_for_lr(page, float(text.replace(",", ".")))
        expect(panel.get_by_role("alert")).to_have_count(0)
    field.press("ArrowUp")
    panel.get_by_role("button", name="Reset").click()
    wait_for_lr(page, 0.1)
    slider = panel.get_by_role("slider", name="learning rate of first")
    expect(slider).to_have_attribute("min", "-5")
    expect(slider).to_have_attribute("max", "0")
    field.press("ArrowUp")
    wait_for_lr(page, 0.105)
    assert page.locator(".jp-Cell").count() == cells


@pytest.mark.parametrize("role", ["slider", "spinbutton"])
def test_keys_trigger_no_notebook_commands(page: Page, panel: Locator, role: str) -> None:
    count = page.locator(".jp-Cell").count()
    run_python(page, "runs = len(In)")
    panel.get_by_role(role).first.focus()  # type: ignore[arg-type]
    for key in ("a", "b", "d", "d", "x", "m", "Enter", "Shift+Enter", "Control+Enter"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.locator(".jp-Cell").count() == count
    assert run_python(page, "print(len(In) - runs)") == "0"
    assert lr(page) == 0.1


def test_a_drag_under_a_schedule_keeps_the_handle_under_the_mouse(
    page: Page, panel: Locator
) -> None:
    slider = panel.get_by_role("slider", name="learning rate of first")
    run_python(
        page, "trainer.reset(); panel.controller.schedule.choose('cosine', 40); panel.show()"
    )
    held = panel.locator("button", has_text="Set by hand").first
    expect(held).to_be_hidden()
    page.wait_for_timeout(200)
    before = box(slider)
    y, x = before["y"] + before["height"] / 2, before["x"] + 8 + 0.8 * (before["width"] - 16)
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(10):
        page.mouse.move(x - 6 * i, y)
        page.wait_for_timeout(40)
    expect(held).to_be_visible()
    assert box(slider) == before
    share = slider.evaluate("s => (s.value - s.min) / (s.max - s.min)")
    at = before["x"] + 8 + share * (before["width"] - 16)
    assert abs(at - (x - 54)) <= 3
    page.mouse.up()
    page.wait_for_timeout(300)
    assert slider.evaluate("s => (s.value - s.min) / (s.max - s.min)") == pytest.approx(
        share, abs=0.01
    )
    assert run_python(page, "print(trainer.schedule.held)") == "[0]"


def test_two_tabs_on_one_kernel_do_not_echo(
    page: Page, panel: Locator, context: BrowserContext, lab: Lab
) -> None:
    run_python(page, "panel.controller.schedule.choose('cosine', 40); panel.show()")
    command(page, "docmanager:save")
    tab = context.new_page()
    try:
        open_notebook(tab, lab, "hands.ipynb")
        name = "learning rate of first"
        here = panel.get_by_role("slider", name=name)
        there = output(tab, PANEL).get_by_role("slider", name=name)
        there.wait_for()
        run_python(page, "for _ in range(10): trainer.schedule.step(); panel.show()")
        page.wait_for_timeout(500)
        assert run_python(page, "print(trainer.schedule.held)") == "[]"
        there.focus()
        tab.keyboard.press("ArrowLeft")
        expect(here).to_have_value(there.input_value())
        assert run_python(page, "print(trainer.schedule.held)") == "[0]"
    finally:
        tab.close()


def test_a_page_that_renders_before_the_value_is_there_shows_it_later(
    page: Page, panel: Locator
) -> None:
    # as in Colab, whose views begin with the state of a widget's creation
    run_python(
        page,
        "from IPython.display import display\n"
        "row = panel.rows.children[0]\n"
        "both = [row.slider, row.number]\n"
        "shown = [one.display_state for one in both]\n"
        "for one in both: one.display_state = {}",
    )
    run_cell(page, PANEL + 1)
    later = output(page, PANEL + 1)
    later.get_by_role("slider").wait_for()
    run_python(page, "for one, state in zip(both, shown): one.display_state = state")
    expect(later.get_by_role("slider")).to_have_attribute("aria-valuetext", "0.1")
    expect(later.get_by_role("spinbutton")).to_have_value("0.1")
