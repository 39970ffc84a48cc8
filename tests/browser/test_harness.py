"""Tests of the test harness itself, on a small notebook."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Heard, checked_for_errors
from tests.browser.lab_server import Lab
from tests.browser.notebook import (
    Theme,
    command,
    open_notebook,
    output,
    output_text,
    restart_kernel,
    run_all,
    run_cell,
    set_theme,
)


def write_notebook(path: Path, *sources: str) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    # Without a kernelspec, JupyterLab would prompt for a kernel.
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, path)


@pytest.fixture
def notebook(lab: Lab, page: Page) -> str:
    """An open notebook with a slider."""
    write_notebook(
        lab.root / "slider.ipynb",
        "import sys, ipywidgets\n"
        "slider = ipywidgets.FloatLogSlider(value=0.01, min=-4, max=0, step=0.1)\n"
        "slider",
        "print(f'{slider.value:.4f}', slider.value > 0.01)",
        "print(sys.prefix)",
    )
    open_notebook(page, lab, "slider.ipynb")
    return "slider.ipynb"


@pytest.mark.usefixtures("notebook")
def test_a_slider_moved_by_keyboard_reaches_python(page: Page) -> None:
    run_cell(page, 0)
    slider = output(page, 0).get_by_role("slider")
    slider.wait_for()
    run_cell(page, 1)
    assert output_text(page, 1) == "0.0100 False"

    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(output(page, 0).locator(".widget-readout")).not_to_have_text("0.01")

    run_cell(page, 1)
    assert output_text(page, 1) == "0.0126 True"


@pytest.mark.usefixtures("notebook")
def test_a_restarted_kernel_has_no_state(page: Page) -> None:
    run_cell(page, 0)
    restart_kernel(page)
    run_cell(page, 1)
    assert "NameError" in output_text(page, 1)


def test_all_cells_run_in_this_environment_and_are_saved(
    lab: Lab, page: Page, notebook: str
) -> None:
    run_all(page)
    assert output_text(page, 2) == sys.prefix
    command(page, "docmanager:save")
    assert sys.prefix in (lab.root / notebook).read_text(encoding="utf-8")
    assert not Path(notebook).exists(), "saved in the repository"


@pytest.mark.parametrize("time", ["once", "and after that"])
@pytest.mark.usefixtures("notebook")
def test_each_test_starts_with_initial_settings_and_no_kernel(
    page: Page, lab: Lab, time: str
) -> None:
    assert len(lab.kernels()) == 1
    assert page.locator("body").get_attribute("data-jp-theme-light") == "true"
    set_theme(page, "JupyterLab Dark")
    assert page.locator("body").get_attribute("data-jp-theme-light") == "false"


@pytest.mark.usefixtures("notebook")
def test_consecutive_changes_of_the_theme(page: Page) -> None:
    themes: tuple[Theme, ...] = (
        "JupyterLab Dark",
        "JupyterLab Light",
        "JupyterLab Light",
        "JupyterLab Dark High Contrast",
        "JupyterLab Light",
    )
    for theme in themes:
        set_theme(page, theme)
        assert page.locator("body").get_attribute("data-jp-theme-name") == theme
        assert page.locator("#jupyterlab-splash").count() == 0


@pytest.mark.parametrize(
    "late",
    [
        "() => { setTimeout(() => { throw new Error('late') }, 250) }",
        "() => { setTimeout(() => Promise.reject(new Error('late')), 250) }",
        "() => { Promise.reject(new Error('late')) }",
    ],
    ids=["timer", "promise in a timer", "promise"],
)
def test_a_late_error_fails_its_own_test(context: BrowserContext, late: str) -> None:
    page = context.new_page()
    heard = Heard(page)
    try:
        with pytest.raises(pytest.fail.Exception, match="late"), checked_for_errors(page, heard):
            page.evaluate(late)
        with checked_for_errors(page, heard):
            page.evaluate("() => 1")
    finally:
        page.close()
