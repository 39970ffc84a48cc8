"""The lessons in the site: their cells print what is saved, and their panels play."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.notebook import NOTEBOOK, output, run_cell
from tests.site.notebook import (
    Site,
    button,
    clear_outputs,
    open_lesson,
    play_and_pause,
    saved_cells,
    saved_text,
    shown_text,
)

LESSONS = Path(__file__).parent.parent.parent / "lessons"
FIRST = "01-learning-rate-per-group.ipynb"
PYTORCH = "06-on-your-own-model.ipynb"


def names(first: bool) -> list[str]:
    """Return lesson 01 in both languages, or all others that run without PyTorch."""
    found = sorted(path.relative_to(LESSONS).as_posix() for path in LESSONS.glob("??/*.ipynb"))
    return [name for name in found if name.endswith(FIRST) == first and not name.endswith(PYTORCH)]


def count_panels(cells: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return how many panels a saved lesson shows, and how many of them can be played."""
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    texts = ["".join(one.get("data", {}).get("text/plain", "")) for one in outputs]
    shown = [text for text in texts if "Panel(" in text]
    return len(shown), sum(text.startswith(("TrainingPanel(", "LandscapePanel(")) for text in shown)


def check_lesson(page: Page, site: Site, name: str) -> None:
    """Run a lesson cell by cell, compare all that it prints, and play its panels."""
    open_lesson(page, site, name)
    clear_outputs(page)
    seconds: dict[int, float] = {}
    for index, cell in enumerate(saved_cells(LESSONS / name)):
        if cell["cell_type"] == "code":
            begin = time.monotonic()
            run_cell(page, index)
            seconds[index] = time.monotonic() - begin
            assert shown_text(page, index).split() == saved_text(cell).split(), f"cell {index}"
    longest = sorted(seconds, key=seconds.__getitem__, reverse=True)[:6]
    print(f"{name}: " + ", ".join(f"cell {cell} {seconds[cell]:.0f} s" for cell in longest))
    panels = page.locator(f"{NOTEBOOK} .jp-OutputArea-output .widget-vbox.fineopt-panel")
    shown, playable = count_panels(saved_cells(LESSONS / name))
    expect(panels).to_have_count(shown)
    played = [panel for panel in panels.all() if button(panel, "Play").count()]
    assert len(played) == playable
    for panel in played:
        play_and_pause(panel)
        slider = panel.get_by_role("slider").first
        before = slider.get_attribute("aria-valuetext")
        slider.press("PageDown")
        expect(slider).not_to_have_attribute("aria-valuetext", str(before))


@pytest.mark.parametrize("name", names(first=True))
def test_lesson_01_prints_what_is_saved_and_its_panel_plays(
    page: Page, site: Site, name: str
) -> None:
    check_lesson(page, site, name)


@pytest.mark.parametrize("name", names(first=False))
def test_every_lesson_prints_what_is_saved_and_its_panels_play(
    page: Page, site: Site, name: str
) -> None:
    check_lesson(page, site, name)


@pytest.mark.parametrize(("language", "words"), [("en", "needs PyTorch"), ("zh", "需要 PyTorch")])
def test_the_lesson_on_pytorch_says_that_it_cannot_run_and_keeps_its_results(
    page: Page, site: Site, language: str, words: str
) -> None:
    cells = saved_cells(LESSONS / language / PYTORCH)
    first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
    open_lesson(page, site, f"{language}/{PYTORCH}")
    run_cell(page, first)
    expect(output(page, first)).to_contain_text(words)
    expect(output(page, first)).to_contain_text("pip install 'fineopt[torch]'")
    expect(output(page, first)).not_to_contain_text("Traceback")
    for index, cell in enumerate(cells[first + 1 :], first + 1):
        if cell["cell_type"] == "code":
            assert shown_text(page, index).split() == saved_text(cell).split(), f"cell {index}"


def test_the_front_page_opens_the_index_whose_links_open_lessons(page: Page, site: Site) -> None:
    page.goto(site.url)
    notebook = page.locator(NOTEBOOK)
    notebook.get_by_role("link", name="Freezing parameters").click()
    expect(page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current")).to_contain_text(
        "04-freezing"
    )
