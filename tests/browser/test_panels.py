"""All panels in JupyterLab on a small network: mouse, keyboard and code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import REPOSITORY, Heard, checked_for_errors, keep_screenshot
from tests.browser.lab_server import Lab
from tests.browser.notebook import (
    Theme,
    hide_sidebar,
    open_notebook,
    output,
    output_text,
    panel_output,
    run_all,
    run_cell,
    run_python,
    set_theme,
)
from tests.browser.test_harness import write_notebook
from tests.browser.waiting import (
    eventually,
    wait_until_it_fits,
    wait_until_light,
    wait_until_readable,
)

TRAINING, SECOND, FREEZE, OPTIMIZERS, GROUPS, OTHER = range(1, 7)
CELLS = (
    f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
    "from fineopt.widgets import FreezePanel, GroupPanel, OptimizerPanel, TrainingPanel\n"
    "from tests.support.small import make_trainer\n"
    "trainer, second = make_trainer(), make_trainer(seed=1)\n"
    "optimizer = trainer.optimizer",
    "panel = TrainingPanel(trainer)\npanel",
    "panel_2 = TrainingPanel(second)\npanel_2",
    "freeze_panel = FreezePanel(trainer)\nfreeze_panel",
    "optimizer_panel = OptimizerPanel(trainer)\noptimizer_panel",
    "group_panel = GroupPanel(second.optimizer)\ngroup_panel",
    "print('another cell')",
)


PICTURE = "canvas => canvas.toDataURL()"

# Remove the panels, tasks and hooks of the previous test.
CLOSE_ALL = (
    "from ipywidgets.widgets.widget import _instances\n"
    "from fineopt.widgets.panels.panel import Panel\n"
    "for widget in list(_instances.values()):\n"
    "    if isinstance(widget, Panel): widget.close()\n"
    "print(len(_instances))"
)


@pytest.fixture(scope="module")
def opened(lab: Lab, context: BrowserContext) -> Iterator[tuple[Page, Heard]]:
    """The notebook, opened once, as that takes far longer than running it."""
    page = context.new_page()
    heard = Heard(page)
    write_notebook(lab.root / "panels.ipynb", *CELLS)
    try:
        open_notebook(page, lab, "panels.ipynb")
        hide_sidebar(page)
        yield page, heard
    finally:
        page.close()
        lab.forget()


@pytest.fixture
def page(
    request: pytest.FixtureRequest, opened: tuple[Page, Heard], tmp_path: Path
) -> Iterator[Page]:
    """The notebook after all cells have run, with new trainers and panels only."""
    page, heard = opened
    with checked_for_errors(page, heard):
        page.set_viewport_size({"width": 1200, "height": 1000})
        run_all(page)
        output(page, GROUPS).get_by_role("slider").first.wait_for()
        yield page
        keep_screenshot(request, page, heard, tmp_path)
        set_theme(page, "JupyterLab Light")
        assert run_python(page, CLOSE_ALL) == "0"


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name)


def lrs(page: Page) -> str:
    return run_python(page, "print([group['lr'] for group in optimizer.param_groups])")


def wait_until(page: Page, condition: str) -> None:
    """Wait for a condition in Python."""
    eventually(
        page,
        lambda: run_python(page, f"print({condition})"),
        lambda answer: answer == "True",
        condition,
    )


def test_a_slider_is_dragged_and_the_lr_follows(page: Page) -> None:
    panel = output(page, TRAINING)
    handle = panel.get_by_role("slider").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=12)
    page.mouse.up()
    wait_until(page, "optimizer.param_groups[0]['lr'] < 0.05")
    assert run_python(page, "print(optimizer.param_groups[1]['lr'])") == "0.01"


def test_values_set_by_code_are_shown_while_paused(page: Page) -> None:
    run_python(page, "optimizer.param_groups[1]['lr'] = 0.0")
    expect(output(page, TRAINING).get_by_text("last · frozen (was 0.01)")).to_be_visible()
    expect(output(page, TRAINING).get_by_role("checkbox", name="Freeze last")).to_be_checked()
    run_python(page, "second.optimizer.param_groups[0]['lr'] = 0.0123")
    for cell in (SECOND, GROUPS):
        expect(output(page, cell).get_by_text("first · learning rate 0.0123")).to_be_visible()
    page.wait_for_timeout(500)  # time for an echo to arrive
    assert lrs(page) == "[0.1, 0.0]"
    assert run_python(page, "print(second.optimizer.param_groups[0]['lr'])") == "0.0123"


def test_a_schedule_moves_the_sliders_without_echoes(page: Page) -> None:
    panel = output(page, TRAINING)
    panel.get_by_label("Schedule").select_option("cosine")
    epochs = panel.get_by_role("spinbutton", name="epochs")
    epochs.fill("40")
    epochs.press("Enter")
    panel.get_by_label("Play").select_option("20 epochs")
    button(panel, "Play").click()
    wait_until(page, "trainer.epoch == 20")
    button(panel, "Play").wait_for()
    page.wait_for_timeout(300)
    assert run_python(page, "print(trainer.schedule.held, trainer.schedule.current_epoch)") == (
        "[] 20"
    )
    expect(panel.get_by_text("first · learning rate 0.05")).to_be_visible()
    expect(panel.get_by_text("cosine, epoch 20 of 40 done")).to_be_visible()

    slider = panel.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowLeft")
    held = button(panel, "Set by hand: release")
    expect(held.first).to_be_visible()
    expect(panel.get_by_text("set by hand: first")).to_be_visible()
    held.first.click()
    expect(panel.get_by_text("first · learning rate 0.05")).to_be_visible()
    expect(held.first).not_to_be_visible()

    button(panel, "Reset").click()
    expect(panel.get_by_label("Schedule")).to_have_value("constant")
    assert lrs(page) == "[0.1, 0.01]"


def test_a_parameter_is_found_and_watched_by_keyboard(page: Page) -> None:
    panel = output(page, TRAINING)
    picture = panel.get_by_role("img")
    expect(picture).to_have_attribute("aria-label", re.compile(r"Watched: first\.bias \(first\)"))
    button(panel, "Watching: first.bias").focus()
    page.keyboard.press("Enter")
    box = {
        name: panel.get_by_role("checkbox", name=f"{name} watch")
        for name in ("first.bias", "first.weight", "last.bias", "last.weight")
    }
    expect(box["first.bias"]).to_be_checked()
    for _ in range(3):  # past the view and the marks
        page.keyboard.press("Tab")
    expect(panel.get_by_label("Find")).to_be_focused()
    page.keyboard.type("WEIGHT la")
    expect(box["first.bias"]).to_have_count(0)
    expect(panel.get_by_text("1 of 4")).to_be_visible()
    page.keyboard.press("Tab")
    expect(box["last.weight"]).to_be_focused()
    page.keyboard.press("Space")
    expect(picture).to_have_attribute(
        "aria-label", re.compile(r"Watched: first\.bias \(first\), last\.weight \(last\), as lines")
    )
    expect(box["last.weight"]).to_be_focused()

    panel.get_by_label("Find").fill("nobody")
    expect(panel.get_by_text("no parameter matches 'nobody'")).to_be_visible()
    panel.get_by_label("Find").fill("weight")
    panel.get_by_label("Find").press("Enter")
    expect(button(panel, "Watching: first.weight")).to_be_visible()

    expect(box["last.weight"]).not_to_be_checked()
    box["first.weight"].focus()  # the only one that is watched
    page.keyboard.press("Space")
    alert = panel.locator(".fineopt-chooser").get_by_role("alert")
    expect(alert).to_contain_text("check another one first")
    expect(box["first.weight"]).to_be_checked()
    box["last.weight"].press("Space")
    expect(alert).to_have_count(0)
    box["first.weight"].press("Space")
    expect(button(panel, "Watching: last.weight")).to_be_visible()


def test_view_and_marks_are_chosen_while_paused(page: Page) -> None:
    panel = output(page, TRAINING)
    picture = panel.get_by_role("img")
    button(panel, "Epoch").click()
    wait_until(page, "trainer.epoch == 1")
    for label, alt_text in (
        ("as a path", "as a path along its two leading"),
        ("as update / weight", "by its update ratio"),
        ("as a histogram", "as a histogram of its elements"),
        ("as lines", "as lines of its elements"),
    ):
        before = picture.evaluate(PICTURE)
        panel.get_by_label("View").select_option(label)
        expect(picture).to_have_attribute("aria-label", re.compile(re.escape(alt_text)))
        assert picture.evaluate(PICTURE) != before
    panel.get_by_label("View").press("ArrowDown")  # a key that is a shortcut in JupyterLab
    expect(picture).to_have_attribute("aria-label", re.compile("as a path"))
    panel.get_by_label("View").press("ArrowUp")
    expect(picture).to_have_attribute("aria-label", re.compile("as lines"))

    run_python(page, "optimizer.param_groups[0]['lr'] = 0.02")
    button(panel, "Epoch").click()
    wait_until(page, "trainer.epoch == 2")
    expect(picture).to_have_attribute("aria-label", re.compile("first 0.02"))
    marked = picture.evaluate(PICTURE)
    panel.get_by_role("checkbox", name="mark changes").press("Space")
    eventually(
        page,
        lambda: picture.evaluate(PICTURE),
        lambda now: now != marked,
        "the picture without its marks",
    )


def test_the_fold_by_keyboard_and_invalid_input(page: Page) -> None:
    panel = output(page, GROUPS)
    button(panel, "More").nth(1).focus()
    page.keyboard.press("Enter")
    momentum = panel.get_by_label("momentum of last")
    momentum.fill("0.5")
    momentum.press("Enter")
    wait_until(page, "second.optimizer.param_groups[1]['momentum'] == 0.5")
    momentum.fill("2")
    momentum.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("momentum of last must be")
    expect(momentum).to_have_value("0.5")
    nesterov = panel.get_by_role("checkbox", name="nesterov of last")
    nesterov.focus()
    page.keyboard.press("Space")
    wait_until(page, "second.optimizer.param_groups[1]['nesterov'] is True")
    expect(panel.get_by_role("alert")).to_have_count(0)
    button(panel, "Less").click()
    expect(momentum).to_have_count(0)


def test_freezing_by_ticks_and_the_table_follows(page: Page) -> None:
    panel, training = output(page, FREEZE), output(page, TRAINING)
    box = panel.get_by_role("checkbox", name="attach last.bias")
    box.focus()
    page.keyboard.press("Space")
    expect(panel.get_by_text("grad stays None")).to_be_visible()
    before = run_python(page, "still = trainer.net.last.bias.numpy(); print(still)")
    panel.get_by_role("checkbox", name="optimize all of first").click()
    expect(panel.get_by_text("its gradient accumulates")).to_have_count(2)
    button(training, "Epoch").click()
    wait_until(page, "trainer.epoch == 1")
    assert run_python(page, "print(trainer.net.last.bias.numpy())") == before
    expect(panel.get_by_text("None", exact=True)).to_have_count(2)  # now, and over the epoch
    expect(training.get_by_text("SGD, 0 parameters, 0 numbers")).to_be_visible()
    button(training, "Reset").click()
    expect(panel.get_by_role("checkbox", name="optimize all of first")).to_be_checked()
    expect(box).to_be_checked()


def test_an_optimizer_is_chosen_in_one_panel_and_seen_in_the_other(page: Page) -> None:
    panel, training = output(page, OPTIMIZERS), output(page, TRAINING)
    button(training, "Play").click()
    panel.get_by_label("optimizer of").nth(1).select_option("Adam")
    expect(training.get_by_text("Adam, 2 parameters")).to_be_visible()
    expect(panel.get_by_text("whose state starts at zero")).to_be_visible()
    steps = int(run_python(page, "print(trainer.record.steps)"))
    wait_until(page, f"trainer.record.steps > {steps} + 5")
    button(training, "Reset").click()
    expect(training.get_by_text("Adam, 2 parameters")).to_have_count(0)
    assert run_python(page, "print(trainer.optimizer is optimizer)") == "True"


def test_two_panels_play_one_fails_and_other_cells_run(page: Page) -> None:
    one, two = output(page, TRAINING), output(page, SECOND)
    one.get_by_label("Speed").select_option("20 steps/s")
    button(one, "Play").click()
    button(two, "Play").click()
    wait_until(page, "trainer.record.steps > 2 and second.record.steps > 20")
    run_cell(page, OTHER)
    assert output_text(page, OTHER).endswith("another cell")
    run_python(page, "good = trainer.train_func; trainer.train_func = lambda *batch: 1 / 0")
    expect(one.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    expect(button(one, "Play")).to_be_visible()
    expect(button(two, "Pause")).to_be_visible()
    run_python(page, "trainer.train_func = good")
    button(one, "Step").click()
    expect(one.get_by_role("alert")).to_have_count(0)
    button(two, "Pause").click()
    button(two, "Play").wait_for()


def test_a_closed_panel_leaves_nothing_behind(page: Page) -> None:
    tasks = "len(asyncio.all_tasks())"
    run_python(page, "import asyncio; from ipywidgets.widgets.widget import _instances")
    button(output(page, SECOND), "Play").click()
    wait_until(page, "panel_2.controller.playing")
    before = int(run_python(page, f"print({tasks})"))
    run_python(
        page,
        "for p in (panel, panel_2, freeze_panel, optimizer_panel, group_panel): p.close()",
    )
    expect(page.get_by_role("slider")).to_have_count(0)
    wait_until(page, f"{tasks} == {before} - 6")  # five watched for changes, one played
    assert run_python(page, "print(len(_instances))") == "0"
    run_cell(page, TRAINING)  # a new panel of the same trainer
    button(output(page, TRAINING), "Step").click()
    wait_until(page, "trainer.record.steps == 1")


def test_a_replaced_panel_has_no_views(page: Page) -> None:
    run_python(page, "old = panel")
    wait_until(page, "old._view_count == 1")
    run_cell(page, TRAINING)
    wait_until(page, "(old._view_count, panel._view_count) == (0, 1)")


@pytest.mark.parametrize("width", [900, 600])
def test_they_fit_and_are_readable_in_the_dark_theme(page: Page, width: int) -> None:
    output(page, TRAINING).get_by_label("Schedule").select_option("linear, one lr for all")
    button(output(page, TRAINING), "More").first.click()
    button(output(page, TRAINING), "Watching").click()
    output(page, TRAINING).get_by_role("checkbox", name="last.bias watch").wait_for()
    page.set_viewport_size({"width": width, "height": 900})
    set_theme(page, "JupyterLab Dark")
    for cell in (TRAINING, FREEZE, OPTIMIZERS, GROUPS):
        area = panel_output(page, cell)
        wait_until_it_fits(area)
        wait_until_light(area.locator("b"))


@pytest.mark.parametrize(
    ("theme", "ground"), [("JupyterLab Light", "#1e1e1e"), ("JupyterLab Dark", "white")]
)
def test_words_suit_their_background_where_the_page_s_variables_do_not(
    page: Page, theme: Theme, ground: str
) -> None:
    # as in VS Code, where ipywidgets has the variables of a light page, whatever the editor's theme
    set_theme(page, theme)
    button(output(page, TRAINING), "More").first.click()
    style = page.add_style_tag(content=f".jp-OutputArea-output {{background: {ground} !important}}")
    page.evaluate("() => document.body.classList.add('another-theme')")
    words = "b, .widget-label, button:not(.mod-primary), select, [type=text]"
    for cell in (TRAINING, FREEZE, OPTIMIZERS, GROUPS):
        wait_until_readable(panel_output(page, cell).locator(words))
    style.evaluate("style => style.remove()")
    page.evaluate("() => document.body.classList.remove('another-theme')")
    expect(page.locator(".fineopt-on-dark, .fineopt-on-light")).to_have_count(0)
    for cell in (TRAINING, FREEZE, OPTIMIZERS, GROUPS):
        wait_until_readable(panel_output(page, cell).locator(words))


def test_a_refusal_is_readable_where_the_page_has_no_surface_that_suits_its_words(
    page: Page,
) -> None:
    # as in Colab, which has variables for words in its dark theme, but a light page's for surfaces
    set_theme(page, "JupyterLab Dark")
    style = page.add_style_tag(content=":root {--jp-layout-color1: white !important}")
    page.evaluate("() => document.body.classList.add('another-theme')")
    panel = panel_output(page, TRAINING)
    field = panel.get_by_role("spinbutton").first
    field.fill("junk")
    field.press("Enter")
    wait_until_readable(panel.get_by_role("alert"))
    style.evaluate("style => style.remove()")
    page.evaluate("() => document.body.classList.remove('another-theme')")
