"""The lessons as saved, and as executed in other environments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

LESSONS = Path(__file__).parent.parent.parent / "lessons"
LANGUAGES = ("en", "zh")


def paths(language: str) -> list[Path]:
    """Return the notebooks of a language, in order."""
    return sorted((LESSONS / language).glob("*.ipynb"))


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def texts(notebook: Any) -> list[str]:
    """Return what each code cell printed or returned, as text."""
    shown = []
    for cell in code_cells(notebook):
        parts = [
            output.get("text") or output.get("data", {}).get("text/plain", "")
            for output in cell.outputs
        ]
        shown.append("".join(parts))
    return shown


def run(path: Path, environment: Mapping[str, str]) -> Any:
    """Run a lesson with additional environment variables; the file is unchanged."""
    notebook = read(path)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env={**os.environ, **environment})
    return notebook
