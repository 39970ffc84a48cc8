"""All lessons in JupyterLab, in both languages: cells run and panels play."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from fineopt.language import table
from tests.browser.lab_server import Lab
from tests.browser.notebook import NOTEBOOK, open_notebook, panel_output, run_all, run_cell
from tests.browser.waiting import eventually

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
    said = table() if lesson.parent.name == "zh" else {}
    texts = [
        "".join(output.get("data", {}).get("text/plain", ""))
        for cell in saved
        for output in cell.get("outputs", ())
    ]
    panels = [text for text in texts if "Panel(" in text]
    shown = page.locator(f"{NOTEBOOK} .jp-OutputArea-output .widget-vbox.fineopt-panel")
    expect(shown).to_have_count(len(panels))
    for text, panel in zip(panels, shown.all(), strict=True):
        play, pause = (button(panel, said.get(label, label)) for label in ("Play", "Pause"))
        if not text.startswith(("TrainingPanel(", "LandscapePanel(")):
            expect(play).to_have_count(0)  # it has nothing to play
            continue
        play.scroll_into_view_if_needed()
        before = panel.inner_text()
        play.click()
        pause.wait_for()
        expect(panel).not_to_have_text(before)
        pause.click()
        play.wait_for()
        expect(panel.get_by_role("alert")).to_have_count(0)


# Of each lesson with two panels of one run, the cells that make them, named by a part of each.
SETUP = ["import matplotlib", "def load():"]
PAIRS = {
    "03": [*SETUP, "def two_optimizers(", "TrainingPanel", "OptimizerPanel"],
    "04": [*SETUP, "def start():", "TrainingPanel", "FreezePanel"],
}
VISIBLE = f"{NOTEBOOK} .jp-WindowedPanel-outer"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("lesson", PAIRS)
def test_panels_that_belong_together_fit_one_screen(
    lab: Lab, page: Page, lesson: str, language: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    [path] = (LESSONS / language).glob(f"{lesson}-*.ipynb")
    open_notebook(page, lab, f"lessons/{name(path)}")
    cells = [
        "".join(cell["source"]) if cell["cell_type"] == "code" else ""
        for cell in json.loads(path.read_text())["cells"]
    ]
    numbers = [next(i for i, cell in enumerate(cells) if part in cell) for part in PAIRS[lesson]]
    for number in numbers:
        run_cell(page, number)
    first, second = (panel_output(page, number) for number in numbers[-2:])
    said = table() if language == "zh" else {}
    button(first, said.get("Step", "Step")).click()
    expect(first).to_contain_text(re.compile(r"step 1 of 62|第 1 步"))

    def height() -> float:
        first.evaluate("panel => panel.scrollIntoView()")  # charts take their height when seen
        above, below = first.bounding_box(), second.bounding_box()
        assert above is not None
        assert below is not None
        return below["y"] + below["height"] - above["y"]

    if lesson == "03":
        canvas = first.locator(".fineopt-charts canvas")
        eventually(
            page, lambda: canvas.evaluate("c => c.clientHeight"), lambda h: h > 200, "painted"
        )
    room = page.locator(VISIBLE).bounding_box()
    assert room is not None
    assert height() <= room["height"]


def button(panel: Locator, text: str) -> Locator:
    """Return the button with a text; its accessible name has an icon's glyph before the text."""
    return panel.locator("button").filter(has_text=re.compile(f"^{re.escape(text)}$"))
