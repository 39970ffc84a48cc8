"""Copy the code of each English lesson into its Chinese sibling, cell by cell.

    python -m tools.copy_code            copy, and say which cells changed
    python -m tools.copy_code --check    only say it; ends with 1 if any cell differs

Words stay as they are. A cell whose code changed loses what it printed: run that lesson again with
`tools.execute_lessons`. Where a cell came or went, a person decides which words it belongs to: the
tool names the place and changes nothing.
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
    """Two lessons whose cells don't pair."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy or check all lessons; the status to end with."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
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
    """Copy from one file to the other, unless `check`; the numbers of the cells that differed."""
    if not target.exists():
        raise Mismatch("there is no such lesson yet")
    notebook = nbformat.read(target, as_version=4)
    changed = copy_code(nbformat.read(source, as_version=4), notebook)
    if changed and not check:
        text = nbformat.writes(notebook) + "\n"
        write_file(target, lambda file: file.write(text.encode()))
    return changed


def copy_code(source: Any, target: Any) -> list[int]:
    """Copy code and tags within two notebooks; the numbers of the target's cells that differed."""
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
    """Fail unless the same number of code cells follows each cell of words in both notebooks."""
    for ours, theirs in zip_longest(runs(source), runs(target)):
        if ours is None:
            raise Mismatch(f"after {theirs[0]!r} the English lesson has ended already")
        if theirs is None:
            raise Mismatch(f"the words for {ours[0]!r} are missing")
        if ours[1] != theirs[1]:
            raise Mismatch(
                f"code cells after {theirs[0]!r}: {theirs[1]}, "
                f"but {ours[1]} in English, after {ours[0]!r}"
            )


def runs(notebook: Any) -> list[tuple[str, int]]:
    """The first line of each cell of words, and how many code cells follow it."""
    counted = [("the beginning", 0)]
    for cell in notebook.cells:
        if cell.cell_type != "code":
            counted.append(((cell.source.splitlines() or [""])[0], 0))
        else:
            words, count = counted[-1]
            counted[-1] = (words, count + 1)
    return counted


if __name__ == "__main__":
    sys.exit(main())
