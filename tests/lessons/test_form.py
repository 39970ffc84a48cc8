"""The structure of all lessons, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lessons.notebooks import LANGUAGES, LESSONS, code_cells, paths, read
from tools.copy_code import UNTRANSLATED, comments_of
from tools.predictions import FOLDED, PREDICTION, is_cover

README = LESSONS / "README.md"
ALL = [path for language in LANGUAGES for path in paths(language)]
WIDGETS = re.compile(r"^\s*\w*[Pp]anel(\(.*\))?$")


def named(path: Path) -> str:
    return str(path.relative_to(LESSONS))


@pytest.fixture(params=ALL, ids=named)
def lesson(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_are_lessons() -> None:
    assert [named(path) for path in paths("en")][1] == "en/01-learning-rate-per-group.ipynb"


def test_it_is_small_and_has_no_widget_state(lesson: Path) -> None:
    assert lesson.stat().st_size < 300_000
    notebook = read(lesson)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert "version" not in notebook.metadata.language_info  # independent of the version of Python


def test_it_was_run_in_a_new_kernel_without_errors(lesson: Path) -> None:
    cells = code_cells(read(lesson))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [o for cell in cells for o in cell.outputs if o.output_type == "error"]
    assert not [o for cell in cells for o in cell.outputs if o.get("name") == "stderr"]


def test_its_cells_are_short(lesson: Path) -> None:
    long = [cell.source for cell in code_cells(read(lesson)) if cell.source.count("\n") >= 15]
    assert not long, long[0]


def test_its_panels_and_figures_are_visible_without_a_kernel(lesson: Path) -> None:
    for cell in code_cells(read(lesson)):
        last = cell.source.strip().splitlines()[-1]
        if WIDGETS.match(last) or last.startswith("figures."):
            data: dict[str, Any] = {
                k: v for o in cell.outputs for k, v in o.get("data", {}).items()
            }
            assert "image/png" in data, cell.source
            assert data["text/plain"].strip(), cell.source
        for output in cell.outputs:  # a widget view without a kernel would hide the picture
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})


def test_it_has_goals_a_duration_a_summary_and_exercises(
    lesson: Path,
) -> None:
    notebook = read(lesson)
    words = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    english = lesson.parent.name == "en"
    assert words[0].startswith("# 0")
    for word in ("able to", "minutes") if english else ("你将学会", "分钟"):
        assert word in words[0], word
    text = "\n".join(words)
    for heading in ("## Summary", "## Exercises") if english else ("## 小结", "## 练习"):
        assert heading in text, heading
    assert text.count("**Predict" if english else "**预测") >= 2
    checks = [cell for cell in code_cells(notebook) if ".check(" in cell.source]
    assert len(checks) >= 3


def test_predictions_come_before_their_results(lesson: Path) -> None:
    """Outputs after a prediction are folded, up to the next text; all others are not."""
    predicted, folded = False, 0
    for cell in read(lesson).cells:
        if cell.cell_type == "markdown":
            predicted = bool(PREDICTION.search(cell.source))
        else:
            expected = FOLDED if predicted and cell.outputs else {}
            assert {**cell.metadata} == expected, cell.source
            assert [is_cover(o) for o in cell.outputs] == [
                bool(expected) and i == 0 for i in range(len(cell.outputs))
            ]
            folded += bool(expected)
    assert folded >= 8


def test_its_links_lead_to_lessons_and_sources(lesson: Path) -> None:
    words = [cell.source for cell in read(lesson).cells if cell.cell_type == "markdown"]
    links = re.findall(r"\]\((.+?)\)", "\n".join(words))
    for link in links:
        assert link.startswith("https://") or (lesson.parent / link).is_file(), link
    assert "parameter_more_setting.rst" in words[0]
    number, files = int(lesson.name[:2]), paths(lesson.parent.name)
    for neighbour in (number - 1, number + 1):
        if neighbour in range(len(files)):
            assert f"({files[neighbour].name})" in words[0]
            assert f"({files[neighbour].name})" in words[-1]
    for repository, issue in re.findall(r"(\w[\w-]+/\w[\w.-]+)#(\d+)", "\n".join(words)):
        assert f"https://github.com/{repository}/issues/{issue}" in links


def test_both_languages_are_the_same_program() -> None:
    english, chinese = paths("en"), paths("zh")
    assert [path.name for path in english] == [path.name for path in chinese]
    for one, other in zip(english, chinese, strict=True):
        assert [program(cell.source) for cell in code_cells(read(one))] == [
            program(cell.source) for cell in code_cells(read(other))
        ], one.name


def program(source: str) -> str:
    """Return the syntax tree of code, without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.dump(tree)


def test_chinese_lessons_have_chinese_comments() -> None:
    for path in paths("zh"):
        for cell in code_cells(read(path)):
            for _, comment in comments_of(cell.source):
                if not UNTRANSLATED.fullmatch(comment):
                    assert re.search("[\u4e00-\u9fff]", comment), (path.name, comment)


def test_each_claim_is_proven_by_a_cell_that_exists() -> None:
    rows = re.findall(r"^\| (0\d) \| (.+) \| `(.+)` \|$", README.read_text(encoding="utf-8"), re.M)
    assert len(rows) > 30
    for number, claim, code in rows:
        (lesson,) = [path for path in paths("en") if path.name.startswith(number)]
        proofs = [cell for cell in code_cells(read(lesson)) if code in cell.source]
        assert len(proofs) == 1 and proofs[0].outputs, (number, claim, code)
