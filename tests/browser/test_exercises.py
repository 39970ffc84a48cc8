"""Exercises answered in JupyterLab, wrongly and rightly, in both languages; folded predictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Page, expect

from fineopt import practice
from fineopt.practice.progress import exercises_of
from tests.browser.lab_server import Lab
from tests.browser.notebook import cell, open_notebook, output, run_cell, select_cell, set_source
from tools.predictions import COVERS, FOLDED

LESSONS = Path(__file__).parent.parent.parent / "lessons"
SAYS = {"en": ("Not yet: ", "Right. ", "1 of "), "zh": ("还不对：", "正确。", "已完成 1 道")}
# Of each lesson an exercise, a wrong answer, and part of what the check says about it.
ANSWERS = [
    ("inputs_of_fc1", "400", {"en": "fc1 for images of 32 × 32", "zh": "32 × 32 时的 fc1"}),
    (
        "classifier_apart",
        "lambda net: [{'params': net.parameters()}]",
        {"en": "classifer.bias has lr 0.05", "zh": "classifer.bias 的学习速率是 0.05"},
    ),
    (
        "keeps_the_ratio",
        "lambda optimizer, lrs, epoch, total: optimizer.param_groups[0].update(lr=0.5)",
        {"en": "in epoch 0 of 4", "zh": "epoch 0"},
    ),
    ("needed_by", '{"param_groups"}', {"en": "look at 'state_dict' again", "zh": "再看看"}),
    ("which_sum", "0.35", {"en": "the last mini-batch's", "zh": "最后一个小批量的"}),
    (
        "a_step",
        "lambda net, optimizer, gm, batch: gradient",
        {"en": "NameError: name 'gradient' is not defined", "zh": "没有叫这个名字的东西"},
    ),
    ("which_rate", "0.3", {"en": "w.groups[0].lr = 0.3", "zh": "它会一直有效"}),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("name", "wrong", "says"), ANSWERS, ids=lambda answer: str(answer)[:20])
def test_an_exercise_of_each_lesson_is_answered(
    lab: Lab, page: Page, language: str, name: str, wrong: str, says: dict[str, str]
) -> None:
    number, exercise = next(
        (i, exercises[name])
        for i in range(7)
        if name in (exercises := exercises_of(f"fineopt.practice.lesson_0{i}"))
    )
    (path,) = (lab.root / "lessons" / language).glob(f"0{number}-*.ipynb")
    sources = ["".join(each["source"]) for each in json.loads(path.read_text())["cells"]]
    (place,) = (i for i, text in enumerate(sources) if f"practice.{name}.check(" in text)
    open_notebook(page, lab, str(path.relative_to(lab.root)))
    begin = f"from fineopt.practice import lesson_0{number} as practice\n"
    function = (
        exercise.solution_code.split("def ")[1].split("(")[0]
        if "def " in exercise.solution_code
        else ""
    )
    right = f"{exercise.solution_code}\n\npractice.{name}.check({function})"
    if not function:
        right = f"practice.{name}.check({exercise.solution_code})"
    not_yet, correct, solved = SAYS[language]
    for answer, part in (
        (f"practice.{name}.check({wrong})\npractice.{name}.hint()", says[language]),
        (right, correct),
    ):
        set_source(page, place, f"{begin}\n{answer}")
        run_cell(page, place)
        expect(output(page, place)).to_contain_text(part)
        if part != correct:
            expect(output(page, place)).to_contain_text(not_yet)
    last = max(i for i, text in enumerate(sources) if text == "practice.progress()")
    run_cell(page, last)
    expect(output(page, last)).to_contain_text(solved)
    expect(output(page, last)).to_contain_text(f"[x] {name}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_predicted_output_is_folded_until_it_is_opened_or_run(
    lab: Lab, page: Page, language: str
) -> None:
    path = f"lessons/{language}/02-changing-lr-in-training.ipynb"
    cells = json.loads((lab.root / path).read_text())["cells"]
    folded = [
        i
        for i, each in enumerate(cells)
        if each["cell_type"] == "code" and each["metadata"] == FOLDED
    ]
    place = next(i for i in folded if "total_epochs = 10" in "".join(cells[i]["source"]))
    open_notebook(page, lab, path)
    select_cell(page, place)
    cell(page, place).scroll_into_view_if_needed()
    placeholder = cell(page, place).locator(".jp-OutputPlaceholder")
    expect(placeholder).to_be_visible()
    expect(placeholder).to_contain_text(COVERS[language])
    expect(cell(page, place).get_by_text("('fc', 0.0")).to_have_count(0)
    placeholder.click()
    expect(output(page, place)).to_contain_text("('fc', 0.045)")

    other = next(
        i for i in folded if "schedule.release" in "".join(cells[i]["source"]) or i > place
    )
    select_cell(page, other)
    cell(page, other).scroll_into_view_if_needed()
    expect(cell(page, other).locator(".jp-OutputPlaceholder")).to_be_visible()
    set_source(page, other, "print('run')")
    run_cell(page, other)
    expect(output(page, other)).to_contain_text("run")
    expect(cell(page, other).locator(".jp-OutputPlaceholder")).to_have_count(0)


def test_a_predicted_output_can_be_read_without_a_kernel(page: Page, tmp_path: Path) -> None:
    html, _ = HTMLExporter().from_filename(str(LESSONS / "en" / "02-changing-lr-in-training.ipynb"))
    (tmp_path / "lesson.html").write_text(html, encoding="utf-8")
    page.route("https://**", lambda route: route.abort())  # scripts of a page, not needed to read
    page.goto((tmp_path / "lesson.html").as_uri(), wait_until="domcontentloaded")
    expect(page.get_by_text("('fc', 0.045)")).to_be_visible()
    assert practice.lesson_02.what_moved.question.startswith("Return the names")
