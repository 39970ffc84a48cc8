"""All lessons in JupyterLab, in both languages: cells run and panels play."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fineopt.language import table
from tests.browser.lab_server import Lab
from tests.browser.notebook import NOTEBOOK, open_notebook, run_all

LESSONS = Path(__file__).parent.parent.parent / "lessons"
PLAYED = [path for folder in ("en", "zh") for path in sorted((LESSONS / folder).glob("*.ipynb"))]


def name(path: Path) -> str:
    return str(path.relative_to(LESSONS))


@pytest.mark.parametrize("lesson", PLAYED, ids=name)
def test_all_cells_run_and_all_panels_play(lab: Lab, page: Page, lesson: Path) -> None:
    open_notebook(page, lab, f"lessons/{name(lesson)}")
    run_all(page)
    errors = page.locator(f"{NOTEBOOK} [data-mime-type='application/vnd.jupyter.error']")
    assert errors.count() == 0, errors.first.inner_text()

    saved = json.loads(lesson.read_text())["cells"]
    labels = table() if lesson.parent.name == "zh" else {}
    play_label, pause_label = (labels.get(label, label) for label in ("Play", "Pause"))
    panels = sum(
        "Panel(" in str(output.get("data", {}).get("text/plain", ""))
        for cell in saved
        for output in cell.get("outputs", ())
    )
    shown = page.locator(f"{NOTEBOOK} .jp-OutputArea-output .widget-vbox.fineopt-panel")
    expect(shown).to_have_count(panels)
    for i in range(panels):
        play = shown.nth(i).get_by_role("button", name=play_label, exact=True)
        if play.count() == 0:
            continue  # it has nothing to play
        play.scroll_into_view_if_needed()
        before = shown.nth(i).inner_text()
        play.click()
        pause = shown.nth(i).get_by_role("button", name=pause_label, exact=True)
        pause.wait_for()
        expect(shown.nth(i)).not_to_have_text(before)
        pause.click()
        play.wait_for()
        expect(shown.nth(i).get_by_role("alert")).to_have_count(0)
