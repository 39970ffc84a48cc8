"""A record in other forms: plain lists for JSON, and DataFrames."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .record import Record


class Frames(NamedTuple):
    """What `Record.to_pandas` returns: four DataFrames, with a row for each thing observed.

    - ``steps``: a row a step, counted from 1: its ``epoch``, its ``loss``, and the lr that each
      group used, in columns called ``lr conv`` and so on.
    - ``epochs``: a row an epoch, counted from 1: ``steps`` done by its end, mean ``loss``,
      ``accuracy``.
    - ``gradients``: a row for each epoch and parameter: its ``group`` and the gradient's sums,
      ``last_batch`` and ``whole_epoch``; missing where there was no gradient.
    - ``updates``: a row for each measured step and parameter: ``step_norm``, ``weight_norm`` and
      their ``ratio``.
    """

    steps: Any
    epochs: Any
    gradients: Any
    updates: Any


def to_pandas(record: Record) -> Frames:
    """Make the DataFrames. See `Record.to_pandas`."""
    try:
        pandas: Any = importlib.import_module("pandas")
    except ImportError as error:
        raise ImportError(
            "to_pandas needs pandas, which is not installed here: pip install pandas. "
            "Without it, to_dict() has the same numbers in lists."
        ) from error
    names = list(record.parameters)
    groups = [
        None if index is None else record.groups[index] for index in record.parameters.values()
    ]

    def index(count: int, name: str) -> Any:
        return pandas.RangeIndex(1, count + 1, name=name)

    def each(rows: Any, what: str) -> dict[str, Any]:
        """Columns that tell which row of a long frame is of which step or epoch, and parameter."""
        return {
            what: np.repeat(np.asarray(rows, int), len(names)),
            "parameter": names * len(rows),
            "group": groups * len(rows),
        }

    rates = {f"lr {name}": record.lr[:, i] for i, name in enumerate(record.groups)}
    steps = {"epoch": record.epoch_of_step + 1, "loss": record.loss, **rates}
    epochs = {
        "steps": record.epoch_ends,
        "loss": record.epoch_loss,
        "accuracy": np.array(record.epoch_accuracy, float),
    }
    (last, had_last), (whole, had) = record.grad_sums("last"), record.grad_sums()
    gradients = {
        **each(range(1, record.epochs + 1), "epoch"),
        "last_batch": np.where(had_last, last, np.nan).ravel(),
        "whole_epoch": np.where(had, whole, np.nan).ravel(),
    }
    read = (record.step_norm, record.weight_norm, record.update_ratio)
    norms = {
        column: np.array([norm(name) for name in names]).T.ravel()
        for column, norm in zip(("step_norm", "weight_norm", "ratio"), read, strict=True)
    }
    return Frames(
        pandas.DataFrame(steps, index=index(record.steps, "step")),
        pandas.DataFrame(epochs, index=index(record.epochs, "epoch")),
        pandas.DataFrame(gradients),
        pandas.DataFrame({**each(record.update_steps, "step"), **norms}),
    )


def to_dict(record: Record) -> dict[str, Any]:
    """Make the dict. See `Record.to_dict`."""
    names = list(record.parameters)

    def histograms(name: str, gradients: bool) -> list[dict[str, Any]]:
        return [
            {"epoch": kept.epoch, "limit": kept.limit, "counts": kept.counts.tolist()}
            for kept in record.histograms(name, gradients=gradients)
        ]

    return {
        "groups": list(record.groups),
        "parameters": dict(record.parameters),
        "loss": record.loss.tolist(),
        "lr": record.lr.tolist(),
        "epoch_ends": record.epoch_ends.tolist(),
        "epoch_loss": record.epoch_loss.tolist(),
        "epoch_accuracy": record.epoch_accuracy,
        "trajectory_steps": record.trajectory_steps.tolist(),
        "trajectory": {name: record.trajectory(name).tolist() for name in names},
        "epoch_values": {name: record.epoch_values(name).tolist() for name in names},
        "grad_sum_last": record.grad_sum_last,
        "grad_sum_epoch": record.grad_sum_epoch,
        "update_steps": record.update_steps.tolist(),
        "step_norm": {name: record.step_norm(name).tolist() for name in names},
        "weight_norm": {name: record.weight_norm(name).tolist() for name in names},
        "histograms": {name: histograms(name, False) for name in names},
        "gradient_histograms": {name: histograms(name, True) for name in names},
    }
