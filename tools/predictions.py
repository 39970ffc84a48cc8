"""Fold saved outputs that a lesson asks its reader to predict.

JupyterLab opens such a cell with its output folded to one line, and shows it after a click, or when
the cell is run. That line is the first of the output, which would tell the result, so a cover is
saved before it; a run replaces the cover, and nbval does not compare it. Pages that show a notebook
without a kernel (GitHub, nbviewer, nbconvert) ignore the metadata and show the output below the
cover, so nothing is lost there.
"""

from __future__ import annotations

import re
from typing import Any

import nbformat

__all__ = ["COVERS", "FOLDED", "PREDICTION", "fold_predictions"]

# "**Predict.**" or "**预测**", but not "Predict, then try", which invites to use a panel.
PREDICTION = re.compile(r"\*\*(Predict\.|预测[。：]?)\*\*")
# JupyterLab writes both keys; each reader knows one of them.
FOLDED = {"collapsed": True, "jupyter": {"outputs_hidden": True}}
COVERS = {"en": "The result, after your prediction:", "zh": "先预测，再看结果："}


def fold_predictions(notebook: Any, language: str) -> None:
    """Fold the outputs of the code cells after each prediction, up to the next text."""
    predicted = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            predicted = bool(PREDICTION.search(cell.source))
        elif cell.cell_type == "code":
            for key in FOLDED:
                cell.metadata.pop(key, None)
            cell.outputs = [output for output in cell.outputs if not is_cover(output)]
            if predicted and cell.outputs:
                cell.metadata.update(FOLDED)
                cover = nbformat.v4.new_output("display_data", {"text/html": COVERS[language]})
                cell.outputs.insert(0, cover)


def is_cover(output: Any) -> bool:
    """Return whether an output is a cover."""
    return output.get("data", {}).get("text/html") in COVERS.values()
