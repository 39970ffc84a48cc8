"""Run lessons in new kernels and save their outputs.

Widget state, times and the version of Python are not saved, as they differ between runs and
machines; a second run leaves the text unchanged.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from fineopt.files import write_file
from tools.environment import shield
from tools.predictions import fold_predictions

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 300_000  # bytes
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def main(paths: Sequence[str]) -> None:
    """Run the given lessons, or all lessons."""
    shield()
    lessons = [Path(path) for path in paths] or sorted(ROOT.glob("lessons/**/*.ipynb"))
    for lesson in (path for path in lessons if ".ipynb_checkpoints" not in path.parts):
        begin = time.perf_counter()
        size = run(lesson)
        print(f"{lesson}: {time.perf_counter() - begin:.0f} s, {size / 1000:.0f} kB", flush=True)


def run(path: Path) -> int:
    """Run a notebook in its directory, save it, and return its size in bytes."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        store_widget_state=False,
        record_timing=False,
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    client.execute()
    normalise(notebook)
    fold_predictions(notebook, "zh" if path.resolve().parent.name == "zh" else "en")
    text = nbformat.writes(notebook) + "\n"
    size = len(text.encode())
    if size > LARGEST:
        raise SystemExit(f"{path}: not saved, as its size of {size} bytes exceeds {LARGEST}")
    write_file(path, lambda file: file.write(text.encode()))
    return size


def normalise(notebook: Any) -> None:
    """Remove metadata and outputs that differ between runs."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if "outputs" in cell:
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:  # a widget cannot be shown without its kernel
                data.pop(WIDGET, None)
            output.pop("transient", None)
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})


def joined(outputs: Sequence[Any]) -> list[Any]:
    """Join consecutive outputs of a stream, which a busy machine may deliver in pieces.

    What a progress bar leaves is dropped: an output without data.
    """
    merged: list[Any] = []
    for output in outputs:
        if output.output_type == "display_data" and not output.data:
            continue
        last = merged[-1] if merged else None
        if last and "stream" == last.output_type == output.output_type and last.name == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


if __name__ == "__main__":
    main(sys.argv[1:])
