"""Lesson 01 in JupyterLab: play, move the slider of conv, read its value, pause."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab_server import Lab
from tests.browser.notebook import (
    cell,
    open_notebook,
    output,
    output_text,
    panel_output,
    run_cell,
    run_python,
    select_cell,
    set_theme,
)
from tests.browser.waiting import eventually, wait_until_it_fits, wait_until_light

LESSON = "lessons/en/01-learning-rate-per-group.ipynb"
SECOND = 1000  # milliseconds
# The cells that the panel needs. `test_lessons.py` runs all: that takes 30 s, and these 8 s.
NEEDED = (
    "import matplotlib",
    "digits = MNISTSample(",
    "le_net = LeNet(",
    "conv_param_list = []",
    "optimizer = optim.SGD(",
    '[0]["name"] = "conv"',
    "def train_func(",
    "gm = GradManager().attach(le_net",
    "trainer = Trainer(",
    "TrainingPanel(",
    '[0]["lr"] = 0.02',
)


def cell_index(lab: Lab, source: str) -> int:
    """Return the index of the code cell that contains some text."""
    cells = json.loads((lab.root / LESSON).read_text())["cells"]
    found = [
        i
        for i, c in enumerate(cells)
        if c["cell_type"] == "code" and source in "".join(c["source"])
    ]
    assert len(found) == 1, f"{source!r} is in the cells {found}"
    return found[0]


def steps(page: Page) -> int:
    return int(run_python(page, "print(trainer.record.steps)"))


def wait_for_step(page: Page, step: int) -> None:
    eventually(page, lambda: steps(page), lambda done: done >= step, f"until step {step}")


@pytest.fixture
def panel(lab: Lab, page: Page) -> Locator:
    """The panel of the lesson after the cells that it needs have run."""
    page.set_viewport_size({"width": 1200, "height": 1000})
    open_notebook(page, lab, LESSON)
    for source in NEEDED:
        run_cell(page, cell_index(lab, source))
    shown = output(page, cell_index(lab, "TrainingPanel("))
    shown.get_by_role("button", name="Play").wait_for()
    shown.scroll_into_view_if_needed()
    return shown


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name)


def test_the_saved_lesson_shows_its_pictures(lab: Lab, page: Page) -> None:
    open_notebook(page, lab, LESSON)
    for source in ("figures.overview(record", "TrainingPanel("):
        folded = cell(page, cell_index(lab, source)).locator(".jp-OutputPlaceholder")
        select_cell(page, cell_index(lab, source))
        if folded.count():  # the result of a prediction
            folded.click()
        picture = output(page, cell_index(lab, source)).locator("img").first
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        # the inline backend, which pyplot loads, draws a figure with its own margins
        assert picture.evaluate("image => image.naturalWidth") in range(880, 920)


def test_play_control_by_keyboard_and_pause(lab: Lab, page: Page, panel: Locator) -> None:
    # Log each lr that the slider sets, and the number of steps at that time.
    run_python(
        page,
        "seen, slider = [], panel.rows.children[0].slider\n"
        "move = slider._on_move\n"
        "slider._on_move = lambda lr: (move(lr), seen.append("
        "(trainer.record.steps, optimizer.param_groups[0]['lr'])))",
    )
    start = steps(page)
    button(panel, "Play").click()
    wait_for_step(page, start + 10)

    slider = panel.get_by_role("slider").first
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    # 8 x 0.02 decades below 0.02, the value set by the lesson
    expect(panel.get_by_text("conv · learning rate 0.0138")).to_be_visible()
    wait_for_step(page, steps(page) + 5)  # training continues

    logged: dict[str, Any] = json.loads(
        run_python(
            page,
            "import json; print(json.dumps(dict(seen=seen, lr=trainer.record.lr[:, 0].tolist(), "
            "fc=trainer.record.lr[-1, 1], now=optimizer.param_groups[0]['lr'])))",
        )
    )
    assert logged["now"] == 0.0138
    assert logged["fc"] == 0.01
    assert logged["seen"][-1][1] == logged["now"]
    for (step, lr), following in zip(
        logged["seen"],
        [*logged["seen"][1:], [len(logged["lr"]), 0]],
        strict=True,
    ):
        assert logged["lr"][step : following[0]] == [lr] * (following[0] - step)

    # Another cell runs while it plays, and the slider shows the value it sets.
    other = cell_index(lab, 'optimizer.param_groups[0]["lr"] = 0.02')
    run_cell(page, other)
    assert output_text(page, other) == "[('conv', 0.02), ('fc', 0.01)]"
    expect(panel.get_by_text("conv · learning rate 0.02")).to_be_visible()
    expect(button(panel, "Pause")).to_be_visible()

    button(panel, "Pause").click()
    button(panel, "Play").wait_for()
    stopped = steps(page)
    page.wait_for_timeout(0.5 * SECOND)
    assert steps(page) == stopped


def test_freeze_type_step_and_reset(page: Page, panel: Locator) -> None:
    lrs = "print([group['lr'] for group in optimizer.param_groups])"
    conv, fc = panel.get_by_role("spinbutton").all()
    conv.fill("0.3")
    conv.press("Enter")
    expect(panel.get_by_text("conv · learning rate 0.3")).to_be_visible()
    freeze = panel.get_by_role("checkbox").nth(1)
    freeze.focus()
    page.keyboard.press("Space")
    expect(panel.get_by_text("fc · frozen (was 0.01)")).to_be_visible()
    assert run_python(page, lrs) == "[0.3, 0.0]"

    fc.fill("-1")
    fc.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("fc")
    assert run_python(page, lrs) == "[0.3, 0.0]"

    before = steps(page)
    still = "print(le_net.fc1.weight.numpy().sum())"
    weight = run_python(page, still)
    button(panel, "Step").click()
    wait_for_step(page, before + 1)
    assert run_python(page, still) == weight

    button(panel, "Reset").click()
    expect(panel.get_by_text("step 0 of 62")).to_be_visible()
    assert run_python(page, lrs) == "[0.05, 0.01]"
    assert steps(page) == 0


def test_an_error_in_a_step_is_shown_and_stops_it(page: Page, panel: Locator) -> None:
    run_python(page, "good = trainer.train_func; trainer.train_func = lambda *batch: 1 / 0")
    button(panel, "Play").click()
    expect(panel.get_by_role("alert")).to_contain_text("ZeroDivisionError: division by zero")
    expect(button(panel, "Play")).to_be_visible()
    run_python(page, "trainer.train_func = good")
    before = steps(page)
    button(panel, "Play").click()
    wait_for_step(page, before + 3)
    expect(panel.get_by_role("alert")).to_have_count(0)
    button(panel, "Pause").click()


def test_it_fits_900_pixels_in_the_dark_theme(lab: Lab, page: Page, panel: Locator) -> None:
    page.set_viewport_size({"width": 900, "height": 900})
    set_theme(page, "JupyterLab Dark")
    shown = panel_output(page, cell_index(lab, "TrainingPanel("))
    wait_until_it_fits(shown)
    # text has the colour of the dark theme
    wait_until_light(panel.get_by_text("conv · learning rate").first)
