"""All lessons in JupyterLab: cells run, panels play, exercises check answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab_server import Lab
from tests.browser.notebook import (
    NOTEBOOK,
    open_notebook,
    output,
    output_text,
    run_all,
    run_cell,
    set_source,
)

LESSONS = Path(__file__).parent.parent.parent / "lessons"
# All in English and one in Chinese, as another test checks that the code is the same.
PLAYED = [*sorted((LESSONS / "en").glob("*.ipynb")), *sorted((LESSONS / "zh").glob("01-*.ipynb"))]


def name(path: Path) -> str:
    return str(path.relative_to(LESSONS))


@pytest.mark.parametrize("lesson", PLAYED, ids=name)
def test_all_cells_run_and_all_panels_play(lab: Lab, page: Page, lesson: Path) -> None:
    open_notebook(page, lab, f"lessons/{name(lesson)}")
    run_all(page)
    errors = page.locator(f"{NOTEBOOK} [data-mime-type='application/vnd.jupyter.error']")
    assert errors.count() == 0, errors.first.inner_text()

    saved = json.loads(lesson.read_text())["cells"]
    panels = sum(
        "Panel(" in str(output.get("data", {}).get("text/plain", ""))
        for cell in saved
        for output in cell.get("outputs", ())
    )
    shown = page.locator(f"{NOTEBOOK} .jp-OutputArea-output .widget-vbox.fineopt-panel")
    expect(shown).to_have_count(panels)
    for i in range(panels):
        play = shown.nth(i).get_by_role("button", name="Play", exact=True)
        if play.count() == 0:
            continue  # it has nothing to play
        play.scroll_into_view_if_needed()
        before = shown.nth(i).inner_text()
        play.click()
        pause = shown.nth(i).get_by_role("button", name="Pause", exact=True)
        pause.wait_for()
        expect(shown.nth(i)).not_to_have_text(before)
        pause.click()
        play.wait_for()
        expect(shown.nth(i).get_by_role("alert")).to_have_count(0)


def test_an_exercise_with_a_wrong_and_a_right_answer(lab: Lab, page: Page) -> None:
    lesson = "lessons/en/01-learning-rate-per-group.ipynb"
    cells = json.loads((lab.root / lesson).read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    (place,) = (i for i, text in enumerate(sources) if "default_lr.check" in text)
    open_notebook(page, lab, lesson)
    for answer, says in (("0.05", "Not yet: 0.05 is not"), ("0.2", "Right.")):
        set_source(page, place, sources[place].replace("...", answer))
        run_cell(page, place)
        expect(output(page, place)).to_contain_text(says)
    assert output_text(page, place).startswith("Right.")
