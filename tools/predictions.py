"""Fold saved outputs that a lesson asks its reader to predict.

JupyterLab opens such a cell with its output folded to a bar with three dots, and shows it after a
click, or when the cell is run. Pages that show a notebook without a kernel (GitHub, nbviewer,
nbconvert) ignore the metadata and show the output, so nothing is lost there.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["FOLDED", "PREDICTION", "fold_predictions"]

# "**Predict.**" or "**预测**", but not "Predict, then try", which invites to use a panel.
PREDICTION = re.compile(r"\*\*(Predict\.|预测[。：]?)\*\*")
# JupyterLab writes both keys; each reader knows one of them.
FOLDED = {"collapsed": True, "jupyter": {"outputs_hidden": True}}


def fold_predictions(notebook: Any) -> None:
    """Mark the code cells after each prediction, up to the next text, as folded."""
    predicted = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            predicted = bool(PREDICTION.search(cell.source))
        elif cell.cell_type == "code":
            for key in FOLDED:
                cell.metadata.pop(key, None)
            if predicted and cell.outputs:
                cell.metadata.update(FOLDED)
