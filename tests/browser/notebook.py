"""Use a notebook in JupyterLab the way a learner does, by JupyterLab's own commands."""

from __future__ import annotations

from typing import Any, Literal

from playwright.sync_api import Locator, Page

from tests.browser.lab_server import Lab

Theme = Literal["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]

NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook"
KERNEL_IS_IDLE = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.context && panel.context.sessionContext;
    return session && session.isReady && session.session?.kernel?.status === 'idle';
}"""


def open_notebook(page: Page, lab: Lab, path: str, timeout: float = 40) -> None:
    """Open the notebook at `path` in the server's root, and wait until its kernel is idle.

    A notebook that names no kernel in its metadata never gets there: JupyterLab asks for one.
    """
    page.goto(lab.address(path))
    page.wait_for_selector(f"{NOTEBOOK} .jp-Cell", timeout=timeout * 1000)
    wait_until_idle(page, timeout)


def wait_until_idle(page: Page, timeout: float = 40) -> None:
    """Wait until the kernel has nothing to do."""
    page.wait_for_function(KERNEL_IS_IDLE, timeout=timeout * 1000)


def command(page: Page, name: str, args: dict[str, Any] | None = None, wait: bool = True) -> None:
    """Execute one of JupyterLab's commands, such as `docmanager:save`."""
    page.evaluate(
        """async ([name, args, wait]) => {
            const done = window.jupyterapp.commands.execute(name, args);
            if (wait) await done;
        }""",
        [name, args or {}, wait],
    )


def select_cell(page: Page, index: int) -> None:
    """Make the cell at `index` (among all cells, from 0) the active one."""
    page.evaluate(
        "index => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index; }", index
    )


def set_source(page: Page, index: int, source: str) -> None:
    """Write into the cell at `index`, among all cells, from 0."""
    page.evaluate(
        """([index, source]) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.widgets[index].model.sharedModel.setSource(source);
        }""",
        [index, source],
    )


def run_cell(page: Page, index: int, wait: bool = True) -> None:
    """Run the cell at `index` (among all cells, from 0); with `wait`, until it is done."""
    select_cell(page, index)
    command(page, "notebook:run-cell", wait=wait)


def run_python(page: Page, code: str) -> str:
    """Execute code in the notebook's kernel, beside its cells, and return what it printed."""
    printed: str = page.evaluate(
        """async code => {
            const panel = window.jupyterapp.shell.currentWidget;
            const kernel = panel.context.sessionContext.session.kernel;
            const future = kernel.requestExecute({ code, store_history: false });
            let printed = '';
            future.onIOPub = message => {
                if (message.header.msg_type === 'stream') printed += message.content.text;
                if (message.header.msg_type === 'error')
                    printed += message.content.ename + ': ' + message.content.evalue;
            };
            await future.done;
            return printed;
        }""",
        code,
    )
    return printed.strip()


def run_all(page: Page, wait: bool = True) -> None:
    """Run every cell; with `wait`, until the last is done."""
    command(page, "notebook:run-all-cells", wait=wait)


def restart_kernel(page: Page, timeout: float = 40) -> None:
    """Give the notebook a new kernel, without JupyterLab's question whether to."""
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.sessionContext"
        ".session.kernel.restart()"
    )
    wait_until_idle(page, timeout)


def set_theme(page: Page, theme: Theme) -> None:
    """Switch JupyterLab's theme and wait until the page wears it."""
    command(page, "apputils:change-theme", {"theme": theme})
    page.wait_for_function(
        "theme => document.body.dataset.jpThemeName === theme", arg=theme, timeout=10_000
    )


def cell(page: Page, index: int) -> Locator:
    """The cell at `index`, among all cells, from 0."""
    return page.locator(f"{NOTEBOOK} .jp-Cell").nth(index)


def output(page: Page, index: int) -> Locator:
    """All that the cell at `index` shows: text, pictures and widgets."""
    return cell(page, index).locator(".jp-OutputArea").first


def output_text(page: Page, index: int) -> str:
    """The text that the cell at `index` shows, once it shows any."""
    shown = output(page, index)
    shown.locator(".jp-OutputArea-output").first.wait_for()
    return shown.inner_text().strip()
