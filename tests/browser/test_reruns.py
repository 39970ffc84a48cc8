"""Cells rerun, deleted or interrupted while their panels play; pages closed and reopened."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import REPOSITORY
from tests.browser.lab_server import Lab
from tests.browser.notebook import (
    command,
    open_notebook,
    output,
    restart_kernel,
    run_all,
    run_cell,
    run_python,
    select_cell,
    set_source,
    wait_until_idle,
)
from tests.browser.test_harness import write_notebook

MAKE, PANEL, OTHER, LAST = range(4)
CELLS = (
    f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
    "import asyncio, time\n"
    "from ipywidgets.widgets.widget import _instances\n"
    "from fineopt.widgets import FreezePanel, GroupPanel, LandscapePanel, OptimizerPanel\n"
    "from fineopt.widgets import TrainingPanel\n"
    "from tests.support.small import make_trainer\n"
    "trainer = make_trainer()\n"
    "controllers = []",
    "panel = TrainingPanel(trainer)\ncontrollers.append(panel.controller)\npanel",
    "print('another cell')",
    "1",
)
TASKS = "sum('fineopt' in repr(task) for task in asyncio.all_tasks())"


@pytest.fixture
def notebook(lab: Lab, page: Page) -> str:
    """A notebook with a playing panel in its second cell."""
    write_notebook(lab.root / "reruns.ipynb", *CELLS)
    open_notebook(page, lab, "reruns.ipynb")
    run_all(page)
    play(page, PANEL)
    return "reruns.ipynb"


def play(page: Page, cell: int) -> None:
    button(output(page, cell), "Play").click()
    button(output(page, cell), "Pause").wait_for()


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name)


def ask(page: Page, expression: str) -> Any:
    return json.loads(run_python(page, f"import json; print(json.dumps({expression}))"))


def wait_until(page: Page, condition: str) -> None:
    for _ in range(100):
        if ask(page, f"bool({condition})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"condition never held: {condition}")


def stands_still(page: Page, steps: str = "trainer.record.steps") -> bool:
    before = ask(page, steps)
    page.wait_for_timeout(400)
    return bool(ask(page, steps) == before)


@pytest.mark.usefixtures("notebook")
def test_a_panel_rerun_ten_times_adopts_the_run_and_leaks_nothing(page: Page) -> None:
    widgets, tasks = ask(page, f"[len(_instances), {TASKS}]")
    for _ in range(10):
        run_cell(page, PANEL)
    wait_until(page, f"len(_instances) == {widgets}")
    wait_until(page, f"{TASKS} == {tasks}")
    assert ask(page, "all(one.player is panel.controller.player for one in controllers)")
    assert not stands_still(page)
    shown = output(page, PANEL)
    button(shown, "Reset").click()
    button(shown, "Play").wait_for()
    assert stands_still(page)
    assert ask(page, "trainer.record.steps") == 0


@pytest.mark.usefixtures("notebook")
def test_a_panel_is_paused_and_closed_when_its_cell_shows_something_else(page: Page) -> None:
    set_source(page, PANEL, "1 / 0")
    run_cell(page, PANEL, wait=False)
    output(page, PANEL).get_by_text("ZeroDivisionError").first.wait_for()
    page.wait_for_timeout(500)  # requests right after a failed cell are aborted
    wait_until(page, "not controllers[0].playing")
    wait_until(page, "len(_instances) == 0")
    assert stands_still(page)


@pytest.mark.usefixtures("notebook")
@pytest.mark.parametrize("reloaded", [False, True])
@pytest.mark.parametrize("how", ["delete-cell", "clear-cell-output", "change-cell-to-markdown"])
def test_a_deleted_or_cleared_panel_pauses(page: Page, lab: Lab, how: str, reloaded: bool) -> None:
    if reloaded:
        command(page, "docmanager:save")
        reload(page)
        button(output(page, PANEL), "Pause").wait_for()
    select_cell(page, PANEL)
    command(page, f"notebook:{how}")
    wait_until(page, "not panel.controller.playing")
    assert stands_still(page)
    if how == "delete-cell":
        command(page, "notebook:undo-cell-action")
        play(page, PANEL)
        select_cell(page, PANEL)
        command(page, "notebook:delete-cell")
        wait_until(page, "not panel.controller.playing")
        run_cell(page, OTHER - 1)  # which reports the deletion
        wait_until(page, "len(_instances) == 0")


def reload(page: Page) -> None:
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    wait_until_idle(page)


@pytest.mark.usefixtures("notebook")
def test_closing_a_page_or_moving_a_cell_does_not_pause(page: Page, lab: Lab) -> None:
    command(page, "docmanager:save")
    for go_away in (reload, close_and_open):
        steps = ask(page, "trainer.record.steps")
        go_away(page)
        assert ask(page, "trainer.record.steps") > steps
        button(output(page, PANEL), "Pause").wait_for()
        assert not stands_still(page)
    select_cell(page, PANEL)
    command(page, "notebook:move-cell-down")
    page.wait_for_timeout(3000)
    assert not stands_still(page)
    button(output(page, PANEL + 1), "Pause").click()
    button(output(page, PANEL + 1), "Play").wait_for()
    assert stands_still(page)


def close_and_open(page: Page) -> None:
    path = page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path")
    command(page, "application:close", wait=False)
    page.wait_for_timeout(2500)
    command(page, "docmanager:open", {"path": path})
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    wait_until_idle(page)


@pytest.mark.usefixtures("notebook")
def test_two_panels_show_one_run_until_both_are_gone(page: Page) -> None:
    set_source(page, OTHER, "second = TrainingPanel(trainer)\nsecond")
    run_cell(page, OTHER)
    button(output(page, OTHER), "Pause").wait_for()
    set_source(page, LAST, "panel")  # the first panel, also in another cell
    run_cell(page, LAST)
    run_cell(page, PANEL)
    page.wait_for_timeout(1000)
    button(output(page, LAST), "Pause").wait_for()
    for cell in (LAST, OTHER):
        select_cell(page, cell)
        command(page, "notebook:delete-cell")
        page.wait_for_timeout(3000)
        assert not stands_still(page)
    select_cell(page, PANEL)
    command(page, "notebook:delete-cell")
    wait_until(page, "not controllers[0].playing")
    assert stands_still(page)


@pytest.mark.usefixtures("notebook")
def test_another_trainer_of_the_network_takes_over(page: Page) -> None:
    set_source(
        page,
        OTHER,
        "from fineopt.training import Trainer\n"
        "other = Trainer(trainer.net, trainer.optimizer, trainer.dataloader)\n"
        "TrainingPanel(other)",
    )
    run_cell(page, OTHER)
    play(page, OTHER)
    expect(output(page, PANEL).get_by_role("alert")).to_contain_text("another run")
    button(output(page, PANEL), "Play").wait_for()
    assert stands_still(page)
    assert not stands_still(page, "other.record.steps")


@pytest.mark.usefixtures("notebook")
@pytest.mark.parametrize("speed", ["None", "1.0", "0.01"])
def test_an_interrupt_pauses_with_a_message(page: Page, speed: str) -> None:
    run_python(page, f"panel.controller.speed = {speed}")
    page.wait_for_timeout(500)
    for _ in range(2):  # also while paused, with nothing to interrupt
        command(page, "notebook:interrupt-kernel")
        expect(output(page, PANEL).get_by_role("alert")).to_contain_text("interrupted")
    button(output(page, PANEL), "Play").wait_for()
    assert stands_still(page)
    play(page, PANEL)
    wait_until(page, "panel.message.value == ''")
    for code in ("time.sleep(30)", "await asyncio.sleep(30)"):
        set_source(page, OTHER, code)
        run_cell(page, OTHER, wait=False)
        page.wait_for_timeout(700)
        command(page, "notebook:interrupt-kernel")
        expect(output(page, PANEL).get_by_role("alert")).to_contain_text("interrupted")
        button(output(page, PANEL), "Play").wait_for()
        wait_until_idle(page)
        play(page, PANEL)


@pytest.mark.usefixtures("notebook")
def test_a_second_interrupt_aborts_a_hanging_step(page: Page) -> None:
    run_python(
        page,
        "good = trainer.train_func\n"
        "def slow(*batch):\n"
        "    time.sleep(60)\n"
        "trainer.train_func = slow",
    )
    page.wait_for_timeout(500)
    for _ in range(3):
        command(page, "notebook:interrupt-kernel")
        page.wait_for_timeout(300)
    expect(output(page, PANEL).get_by_role("alert")).to_contain_text("interrupted")
    run_python(page, "trainer.train_func = good")
    play(page, PANEL)
    assert not stands_still(page)


@pytest.mark.parametrize("kind", ["Training", "Group", "Freeze", "Optimizer", "Landscape"])
def test_rerun_panels_leak_no_widgets(page: Page, lab: Lab, kind: str) -> None:
    argument = {"Group": "trainer.optimizer", "Landscape": ""}.get(kind, "trainer")
    source = f"panel = {kind}Panel({argument})\npanel"
    write_notebook(lab.root / "reruns.ipynb", CELLS[0], source, "import ipywidgets", "1")
    open_notebook(page, lab, "reruns.ipynb")
    run_all(page)
    output(page, PANEL).get_by_role("checkbox").or_(output(page, PANEL).get_by_role("button")).or_(
        output(page, PANEL).get_by_role("combobox")
    ).first.wait_for()
    widgets, tasks = ask(page, f"[len(_instances), {TASKS}]")
    for again in (source, f"__import__('ipywidgets').VBox([{kind}Panel({argument})])", source):
        set_source(page, PANEL, again)
        for _ in range(3):
            run_cell(page, PANEL)
    # the surrounding boxes, of two widgets each, are not closed by the panel
    wait_until(page, f"len(_instances) == {widgets} + 3 * 2")
    wait_until(page, f"{TASKS} == {tasks}")


@pytest.mark.usefixtures("notebook")
def test_after_a_restart_one_line_explains_what_to_do(page: Page) -> None:
    shown = output(page, PANEL).locator(".fineopt-panel").first
    restart_kernel(page)
    page.wait_for_timeout(500)
    contents = shown.evaluate(
        """panel => [panel, ...panel.querySelectorAll('.jupyter-widgets-disconnected')].map(
            part => getComputedStyle(part, '::before').content)"""
    )
    assert len(contents) > 20
    assert "run this cell again" in contents[0]
    assert set(contents[1:]) == {"none"}


def test_the_checkbox_of_a_group_is_mixed_if_some_are_checked(page: Page, lab: Lab) -> None:
    write_notebook(
        lab.root / "reruns.ipynb", CELLS[0], "panel = FreezePanel(trainer)\npanel", "1", "1"
    )
    open_notebook(page, lab, "reruns.ipynb")
    run_all(page)
    shown = output(page, PANEL)
    group = shown.get_by_role("checkbox", name="attach all of first")

    def mixed() -> bool:
        return bool(group.evaluate("box => box.indeterminate"))

    expect(group).to_be_checked()
    assert not mixed()
    one = shown.get_by_role("checkbox", name="attach first.bias")
    one.click()
    expect(shown.get_by_text("1 of 2 attached")).to_be_visible()
    page.wait_for_timeout(300)
    assert mixed()
    group.click()
    expect(one).to_be_checked()
    expect(group).to_be_checked()
    page.wait_for_timeout(300)
    assert not mixed()
    one.click()
    page.wait_for_timeout(300)
    assert mixed()
    shown.get_by_role("checkbox", name="attach first.weight").click()
    page.wait_for_timeout(300)
    assert not mixed()
    expect(group).not_to_be_checked()
