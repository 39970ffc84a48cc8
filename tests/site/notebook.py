"""Open notebooks of the site, and compare what they print."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from fineopt.language import table
from tests.browser.notebook import NOTEBOOK, run_python, wait_until_idle
from tests.browser.waiting import eventually

__all__ = ["Site", "button", "open_lesson", "play_and_pause", "saved_cells", "use_slider"]

CLEAR = "() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"


@dataclass(frozen=True)
class Site:
    """The address of the site that is served, and its files."""

    url: str
    folder: Path

    def address(self, path: str) -> str:
        """Return the URL that opens a notebook."""
        return f"{self.url}/lab/index.html?path={path}"


def open_lesson(page: Page, site: Site, path: str) -> None:
    """Open a notebook without its saved outputs, with all cells on the page."""
    page.goto(site.address(path))
    page.wait_for_selector(f"{NOTEBOOK} .jp-Cell")
    wait_until_idle(page, timeout=300)  # it starts slowly on a busy machine


def clear_outputs(page: Page) -> None:
    """Remove all outputs of the open notebook."""
    page.evaluate(CLEAR)


def saved_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook on disk."""
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


def saved_text(cell: dict[str, Any]) -> str:
    """Return what a saved cell printed or returned, as text."""
    return "".join(map(text_of, cell.get("outputs", ())))


def text_of(output: dict[str, Any]) -> str:
    """Return the text of an output; an error gives its name and message."""
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    found = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "".join(found)


def shown_text(page: Page, index: int) -> str:
    """Return what a cell on the page printed or returned, as text."""
    outputs: list[dict[str, Any]] = page.evaluate(
        """index => {
            const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
            return cell.model.outputs.toJSON();
        }""",
        index,
    )
    return "".join(map(text_of, outputs))


def button(panel: Locator, text: str) -> Locator:
    """Return the button with a text, in English or Chinese.

    Its accessible name has an icon's glyph before the text.
    """
    texts = "|".join({text, table().get(text, text)})
    return panel.locator("button").filter(has_text=re.compile(f"^({texts})$"))


def play_and_pause(panel: Locator) -> None:
    """Play a panel until it shows something else, and pause it."""
    page, play, pause = panel.page, button(panel, "Play"), button(panel, "Pause")
    play.scroll_into_view_if_needed()
    before = panel.inner_text()
    play.click()
    pause.wait_for()
    eventually(page, panel.inner_text, lambda text: text != before, "the text of the panel")
    pause.click()
    play.wait_for()
    expect(panel.get_by_role("alert")).to_have_count(0)


def use_slider(page: Page, panel: Locator, lr: str) -> None:
    """Move the first slider of a panel by a key, and wait until the lr has followed.

    Args:
        page: the page.
        panel: the panel.
        lr: a Python expression of the lr.
    """
    before = run_python(page, f"print({lr})")
    slider = panel.get_by_role("slider").first
    slider.scroll_into_view_if_needed()
    slider.focus()
    slider.press("PageDown")
    eventually(page, lambda: run_python(page, f"print({lr})"), lambda now: now != before, lr)
