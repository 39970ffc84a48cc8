"""Copy the code of each English lesson to its Chinese translation, cell by cell.

    python -m tools.copy_code            copy, and print which cells changed
    python -m tools.copy_code --check    print which cells differ; exit with 1 if any

Text cells are unchanged. A cell whose code changed loses its output: run the lesson again with
`tools.execute_lessons`. If cells were added or removed, the tool reports the place and changes
nothing, as the translation must be edited by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat

from fineopt.files import write_file

LESSONS = Path(__file__).resolve().parent.parent / "lessons"


class Mismatch(Exception):
    """The cells of two lessons do not correspond."""


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
    changed = copy_code(nbformat.read(source, as_version=4), notebook)
    if changed and not check:
        text = nbformat.writes(notebook) + "\n"
        write_file(target, lambda file: file.write(text.encode()))
    return changed


def copy_code(source: Any, target: Any) -> list[int]:
    """Copy the code and tags of a notebook; return the numbers of the cells that differ."""
    pair(source, target)
    code = [cell for cell in source.cells if cell.cell_type == "code"]
    changed = []
    for number, cell in enumerate(target.cells):
        if cell.cell_type != "code":
            continue
        original = code.pop(0)
        if (cell.source, cell.metadata) != (original.source, original.metadata):
            cell.source = original.source
            cell.metadata = nbformat.from_dict(original.metadata)
            cell.outputs, cell.execution_count = [], None
            changed.append(number)
    return changed


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
