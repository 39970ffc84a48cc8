"""Operate notebooks in JupyterLab through its commands."""

from __future__ import annotations

from typing import Any, Literal

from playwright.sync_api import Locator, Page

from tests.browser.lab_server import Lab

Theme = Literal["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]

LIMIT = 300_000  # milliseconds, for code in the kernel
SOON = (
    300  # milliseconds; longer than the splash screen (200) and delayed layouts (100) of JupyterLab
)
WORN = "() => document.body.dataset.jpThemeName"
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook"
IS_LAB = "() => Boolean(window.jupyterapp)"
# Kernels end before views are disposed, so that no view speaks to one that is gone.
CLOSE = """async () => {
    const documents = [...window.jupyterapp.shell.widgets('main')];
    for (const shown of documents) await shown.context?.sessionContext?.shutdown();
    for (const shown of documents) shown.dispose();
    return !document.querySelector('.jp-Dialog');
}"""
KERNEL_IS_IDLE = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.context && panel.context.sessionContext;
    return session && session.isReady && session.session?.kernel?.status === 'idle';
}"""


def open_notebook(page: Page, lab: Lab, path: str, timeout: float = 120) -> None:
    """Open a notebook in the server's root, and wait until its kernel is idle.

    JupyterLab is loaded unless the page shows it already.
    The metadata of the notebook must name a kernel; otherwise JupyterLab prompts for one.
    """
    if page.evaluate(IS_LAB):
        command(page, "docmanager:open", {"path": path})
    else:
        page.goto(lab.address(path))
    page.wait_for_selector(f"{NOTEBOOK} .jp-Cell", timeout=timeout * 1000)
    wait_until_idle(page, timeout)


def wait_until_idle(page: Page, timeout: float = 120) -> None:
    """Wait until the kernel is idle."""
    page.wait_for_function(KERNEL_IS_IDLE, timeout=timeout * 1000)


def command(page: Page, name: str, args: dict[str, Any] | None = None, wait: bool = True) -> None:
    """Execute a command of JupyterLab, such as `docmanager:save`."""
    page.evaluate(
        """async ([name, args, wait, limit]) => {
            const late = (_, reject) => setTimeout(reject, limit, new Error(`${name}: too late`));
            const done = window.jupyterapp.commands.execute(name, args);
            if (wait) await Promise.race([done, new Promise(late)]);
        }""",
        [name, args or {}, wait, LIMIT],
    )


def select_cell(page: Page, index: int) -> None:
    """Activate a cell by its index among all cells."""
    page.evaluate(
        "index => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index; }", index
    )


def set_source(page: Page, index: int, source: str) -> None:
    """Replace the source of a cell."""
    page.evaluate(
        """([index, source]) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.widgets[index].model.sharedModel.setSource(source);
        }""",
        [index, source],
    )


def run_cell(page: Page, index: int, wait: bool = True) -> None:
    """Run a cell and, with `wait`, wait until it is done."""
    select_cell(page, index)
    command(page, "notebook:run-cell", wait=wait)


def run_python(page: Page, code: str) -> str:
    """Execute code in the notebook's kernel, outside its cells, and return its output."""
    printed: str = page.evaluate(
        """async ([code, limit]) => {
            const late = (_, reject) => setTimeout(reject, limit, new Error('the kernel is busy'));
            const panel = window.jupyterapp.shell.currentWidget;
            const kernel = panel.context.sessionContext.session.kernel;
            const future = kernel.requestExecute({ code, store_history: false });
            let printed = '';
            future.onIOPub = message => {
                if (message.header.msg_type === 'stream') printed += message.content.text;
                if (message.header.msg_type === 'error')
                    printed += message.content.ename + ': ' + message.content.evalue;
            };
            await Promise.race([future.done, new Promise(late)]);
            return printed;
        }""",
        [code, LIMIT],
    )
    return printed.strip()


def run_all(page: Page, wait: bool = True) -> None:
    """Run all cells and, with `wait`, wait until they are done."""
    command(page, "notebook:run-all-cells", wait=wait)


def restart_kernel(page: Page, timeout: float = 120) -> None:
    """Restart the kernel without a prompt."""
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.sessionContext"
        ".session.kernel.restart()"
    )
    wait_until_idle(page, timeout)


def close_documents(page: Page) -> bool:
    """Close all documents, end their kernels and restore the theme.

    Return whether the page can be used further: not if it shows a dialog, or no JupyterLab.
    """
    if page.is_closed() or not page.evaluate(IS_LAB):
        return False
    set_theme(page, "JupyterLab Light")
    page.evaluate("() => window.jupyterapp.shell.expandLeft()")
    return bool(page.evaluate(CLOSE))


def hide_sidebar(page: Page) -> None:
    """Hide the file browser, which JupyterLab also does by itself in a window that gets narrow.

    Its command and its key toggle, and so would show it again.
    """
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")


def set_theme(page: Page, theme: Theme) -> None:
    """Switch JupyterLab's theme, and wait until the page wears it and the splash screen is gone.

    JupyterLab removes the splash 200 ms after a change; a change within that time fails in the
    page, for the splash is then removed twice. To set the theme that is worn is a change to it.
    """
    wait_for_theme(page)
    if page.evaluate(WORN) != theme:
        command(page, "apputils:change-theme", {"theme": theme})
        wait_for_theme(page, theme)


def wait_for_theme(page: Page, theme: Theme | None = None) -> None:
    """Wait until a change of theme is complete."""
    page.wait_for_function(
        f"""theme => !document.getElementById('jupyterlab-splash')
            && (theme === null || ({WORN})() === theme)""",
        arg=theme,
    )


def settle(page: Page) -> None:
    """Wait until what the page is about to do is done, and its errors are here.

    Timers fire in the order of their times: after one of SOON all that were shorter have fired.
    """
    if not page.is_closed():
        wait_for_theme(page)
        page.wait_for_function(
            "soon => new Promise(done => setTimeout(done, soon, true))", arg=SOON
        )


def cell(page: Page, index: int) -> Locator:
    """Return a cell by its index among all cells."""
    return page.locator(f"{NOTEBOOK} .jp-Cell").nth(index)


def output(page: Page, index: int) -> Locator:
    """Return the output of a cell: text, pictures and widgets."""
    return cell(page, index).locator(".jp-OutputArea").first


def panel_output(page: Page, index: int) -> Locator:
    """Return the output of a cell that is a panel, whatever else it printed.

    When the last widget closes, JupyterLab ends the subshell that took its messages. ipykernel 7.4
    then drops those that are under way, and prints "Task was destroyed but it is pending" into the
    cell that runs next (in 5 of 60 runs that closed all widgets on busy cores).
    """
    return output(page, index).locator(".jp-OutputArea-output:has(> .fineopt-panel)")


def output_text(page: Page, index: int) -> str:
    """Return the text output of a cell, once there is any."""
    shown = output(page, index)
    shown.locator(".jp-OutputArea-output").first.wait_for()
    return shown.inner_text().strip()
