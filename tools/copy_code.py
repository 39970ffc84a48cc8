"""Copy the code of each English lesson to its Chinese translation, cell by cell.

    python -m tools.copy_code            copy, and print which cells changed
    python -m tools.copy_code --check    print which cells differ; exit with 1 if any

Comments are translated by the table `lessons/zh/comments.json`, English -> Chinese; all other code
is the same. Text cells are unchanged. A cell whose code changed loses its output: run the lesson
again with `tools.execute_lessons`. If cells were added or removed, or a comment is not in the
table, the tool reports the place and changes nothing of the lesson.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import tokenize
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat

from fineopt.files import write_file

LESSONS = Path(__file__).resolve().parent.parent / "lessons"
# Comments that are code or directives, such as the hints of an exercise.
UNTRANSLATED = re.compile(r"practice\.\w+\.\w+\(\)|noqa: \w+")


class Mismatch(Exception):
    """The cells of two lessons do not correspond, or a comment has no translation."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy or check all lessons; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only report differences")
    check = parser.parse_args(arguments).check
    failed = False
    for source in sorted((LESSONS / "en").glob("*.ipynb")):
        target = LESSONS / "zh" / source.name
        try:
            changed = copy_file(source, target, check=check)
        except Mismatch as mismatch:
            print(f"{target.name}: {mismatch}", file=sys.stderr)
            failed = True
            continue
        for number in changed:
            print(f"{target.name}: cell {number} {'differs' if check else 'changed'}")
        failed = failed or (check and bool(changed))
    return int(failed)


def copy_file(source: Path, target: Path, *, check: bool = False) -> list[int]:
    """Copy the code of a file, unless `check`; return the numbers of the cells that differ."""
    if not target.exists():
        raise Mismatch("the lesson does not exist yet")
    notebook = nbformat.read(target, as_version=4)
    comments = json.loads((target.parent / "comments.json").read_text(encoding="utf-8"))
    changed = copy_code(nbformat.read(source, as_version=4), notebook, comments)
    if changed and not check:
        text = nbformat.writes(notebook) + "\n"
        write_file(target, lambda file: file.write(text.encode()))
    return changed


def copy_code(source: Any, target: Any, comments: Mapping[str, str]) -> list[int]:
    """Copy the code and metadata of a notebook; return the numbers of the cells that differ."""
    pair(source, target)
    code = [cell for cell in source.cells if cell.cell_type == "code"]
    sources = [translate(cell.source, comments) for cell in code]
    changed = []
    for number, cell in enumerate(target.cells):
        if cell.cell_type != "code":
            continue
        original, text = code.pop(0), sources.pop(0)
        if (cell.source, cell.metadata) != (text, original.metadata):
            cell.source = text
            cell.metadata = nbformat.from_dict(original.metadata)
            cell.outputs, cell.execution_count = [], None
            changed.append(number)
    return changed


def translate(source: str, comments: Mapping[str, str]) -> str:
    """Return code with its comments translated.

    >>> print(translate("x = 1  # one", {"one": "一"}))
    x = 1  # 一
    """
    lines = source.splitlines()
    for (row, column), comment in reversed(comments_of(source)):
        if UNTRANSLATED.fullmatch(comment):
            continue
        if comment not in comments:
            raise Mismatch(f"comments.json has no translation of the comment {comment!r}")
        lines[row - 1] = f"{lines[row - 1][:column]}# {comments[comment]}"
    return "\n".join(lines)


def comments_of(source: str) -> list[tuple[tuple[int, int], str]]:
    """Return the place (row from 1, column from 0) and the text of each comment in code."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [token for token in tokens if token.type == tokenize.COMMENT]
    return [(token.start, token.string.lstrip("#").strip()) for token in found]


def pair(source: Any, target: Any) -> None:
    """Raise Mismatch unless each text cell is followed by the same number of code cells."""
    for ours, theirs in zip_longest(runs(source), runs(target)):
        if ours is None:
            raise Mismatch(f"extra text cell {theirs[0]!r} after the end of the English lesson")
        if theirs is None:
            raise Mismatch(f"missing the translation of text cell {ours[0]!r}")
        if ours[1] != theirs[1]:
            raise Mismatch(
                f"{theirs[1]} code cells after {theirs[0]!r}, "
                f"but {ours[1]} in English after {ours[0]!r}"
            )


def runs(notebook: Any) -> list[tuple[str, int]]:
    """Return the first line of each text cell, and the number of code cells that follow it."""
    counted = [("the start", 0)]
    for cell in notebook.cells:
        if cell.cell_type != "code":
            counted.append(((cell.source.splitlines() or [""])[0], 0))
        else:
            words, count = counted[-1]
            counted[-1] = (words, count + 1)
    return counted


if __name__ == "__main__":
    sys.exit(main())
