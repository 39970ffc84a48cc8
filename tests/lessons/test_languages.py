"""Both languages run the same code and print the same text; a tool copies the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.lessons.notebooks import LESSONS, code_cells, paths, read, texts
from tools import copy_code


@pytest.mark.parametrize("english", paths("en"), ids=lambda path: path.name)
def test_both_languages_print_the_same_numbers(english: Path) -> None:
    """Panels, figures, exercises and audits speak the lesson's language; all else is the same."""
    ours, theirs = read(english), read(LESSONS / "zh" / english.name)
    pairs = zip(code_cells(ours), texts(ours), texts(theirs), strict=True)
    for cell, one, other in pairs:
        if "practice." not in cell.source:
            assert numbers(one) == numbers(other), cell.source
        if "print(" in cell.source and not re.search(r"\.(check\(|words\b|table\()", cell.source):
            assert one == other, cell.source


def numbers(text: str) -> list[str]:
    return sorted(re.findall(r"(?<![\w.])[-−]?\d[\d,]*\.?\d*%?", text))


def test_all_code_is_copied(capsys: pytest.CaptureFixture[str]) -> None:
    status = copy_code.main(["--check"])
    assert (status, *capsys.readouterr()) == (0, "", "")


def test_bold_text_is_rendered_bold() -> None:
    """Markdown does not close ** between Chinese punctuation and a character."""
    for path in paths("zh"):
        for cell in read(path).cells:
            for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
                parts = line.split("**")
                for bold, after in zip(parts[1::2], parts[2::2], strict=True):
                    assert bold[-1].isalnum() or not after[:1].isalnum(), line


def lesson(*cells: str) -> Any:
    """Return an executed notebook: cells that begin with # are text, the others code."""
    notebook = new_notebook()
    for source in cells:
        if source.startswith("#"):
            notebook.cells.append(new_markdown_cell(source))
        else:
            notebook.cells.append(new_code_cell(source, execution_count=1))
    return notebook


def test_only_code_is_copied() -> None:
    english = lesson("# One", "x = 1", "y = 2", "# Two", "z = 4")
    english.cells[4].metadata["tags"] = ["raises-exception"]
    chinese = lesson("# 一", "x = 1", "y = 3", "# 二", "z = 4")
    assert copy_code.copy_code(english, chinese, {}) == [2, 4]
    assert [cell.source for cell in chinese.cells] == ["# 一", "x = 1", "y = 2", "# 二", "z = 4"]
    assert chinese.cells[4].metadata == {"tags": ["raises-exception"]}
    assert [cell.execution_count for cell in code_cells(chinese)] == [1, None, None]
    assert copy_code.copy_code(english, chinese, {}) == []


def test_comments_are_translated() -> None:
    english = lesson("# One", "x = 1  # one\n\n# two\ny = '# three'  # noqa: F821")
    chinese = lesson("# 一", "x = 2")
    comments = {"one": "一", "two": "二"}
    assert copy_code.copy_code(english, chinese, comments) == [1]
    assert chinese.cells[1].source == "x = 1  # 一\n\n# 二\ny = '# three'  # noqa: F821"
    assert copy_code.copy_code(english, chinese, comments) == []
    with pytest.raises(copy_code.Mismatch, match="no translation of the comment 'two'"):
        copy_code.copy_code(english, chinese, {"one": "一"})


def test_every_translation_of_a_comment_is_used() -> None:
    comments = json.loads((LESSONS / "zh" / "comments.json").read_text(encoding="utf-8"))
    sources = [cell.source for path in paths("en") for cell in code_cells(read(path))]
    used = {text for source in sources for _, text in copy_code.comments_of(source)}
    assert not comments.keys() - used


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            ["# 一", "x", "# 二", "y", "y"],
            "2 code cells after '# 二', but 1 in English",
        ),
        (["# 一", "# 二", "x", "y"], "0 code cells after '# 一', but 1 in English"),
        (["# 一", "x"], "missing the translation of text cell '# Two'"),
        (["# 一", "x", "# 二", "y", "# 三"], "extra text cell '# 三' after the end"),
        (["x", "# 一", "# 二", "y"], "1 code cells after 'the start', but 0 in English"),
    ],
)
def test_mismatched_cells_are_rejected(cells: list[str], message: str) -> None:
    chinese = lesson(*cells)
    before = nbformat.writes(chinese)
    with pytest.raises(copy_code.Mismatch, match=re.escape(message)):
        copy_code.copy_code(lesson("# One", "x", "# Two", "y"), chinese, {})
    assert nbformat.writes(chinese) == before


def test_check_writes_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(copy_code, "LESSONS", tmp_path)
    for language, code in (("en", "x = 1"), ("zh", "x = 0")):
        (tmp_path / language).mkdir()
        (tmp_path / language / "00.ipynb").write_text(nbformat.writes(lesson("# 0", code)))
    (tmp_path / "zh" / "comments.json").write_text("{}")
    target = tmp_path / "zh" / "00.ipynb"
    before = target.read_text()
    assert copy_code.main(["--check"]) == 1
    assert capsys.readouterr().out == "00.ipynb: cell 1 differs\n"
    assert target.read_text() == before
    assert copy_code.main([]) == 0
    assert capsys.readouterr().out == "00.ipynb: cell 1 changed\n"
    assert copy_code.main(["--check"]) == 0
    target.unlink()
    assert copy_code.main([]) == 1
    assert "the lesson does not exist yet" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["README.md", "index.ipynb"])
def test_each_lesson_is_listed_with_its_title_and_minutes(name: str) -> None:
    listed = LESSONS / name
    if listed.suffix == ".ipynb":
        text = "\n".join(cell.source for cell in read(listed).cells)
    else:
        text = listed.read_text(encoding="utf-8")
    for path in (*paths("en"), *paths("zh")):
        title, words = read(path).cells[0].source.split("\n", 1)
        link = f"{title.removeprefix('# ')}]({path.parent.name}/{path.name})"
        lines = [line for line in text.splitlines() if link in line]
        assert len(lines) == 1, link
        found = re.search(r"(\d+) (minutes|分钟)", words)
        assert found, title
        assert f" {found[1]} |" in lines[0], link


BROKEN = re.compile(r"[\u4e00-\u9fff]\n[\u4e00-\u9fff]")  # a page shows a space for the line break


@pytest.mark.parametrize("lesson", paths("zh"), ids=lambda path: path.name)
def test_a_chinese_paragraph_is_one_line(lesson: Path) -> None:
    words = [cell.source for cell in read(lesson).cells if cell.cell_type == "markdown"]
    assert [found[0] for text in words if (found := BROKEN.search(text))] == []
