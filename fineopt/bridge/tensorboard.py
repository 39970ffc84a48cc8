"""Scalars of a record for TensorBoard."""

from __future__ import annotations

import math
import os
from typing import Any

__all__ = ["write_scalars"]


def write_scalars(record: Any, directory: str | os.PathLike[str]) -> None:
    """Write a record's losses, learning rates, norms and accuracies for TensorBoard.

    Args:
        record: a `fineopt.recorder.Record`.
        directory: of the run; files in it are kept.

    Raises:
        ImportError: if TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ImportError(
            "TensorBoard is not installed: pip install tensorboard. record.to_dict() has all "
            "numbers as plain lists"
        ) from error
    made: Any = SummaryWriter
    with made(os.fspath(directory)) as writer:
        for step, value in enumerate(record.loss.tolist(), 1):
            if not math.isnan(value):
                writer.add_scalar("loss", value, step)
        for i, name in enumerate(record.groups):
            for step, value in enumerate(record.lr[:, i].tolist(), 1):
                if not math.isnan(value):
                    writer.add_scalar(f"lr/{name}", value, step)
        steps = record.update_steps.tolist()
        for name in record.parameters:
            for what in ("step_norm", "weight_norm"):
                values = getattr(record, what)(name).tolist()
                for step, value in zip(steps, values, strict=True):
                    writer.add_scalar(f"{what}/{name}", value, step)
        ends = record.epoch_ends.tolist()
        for end, accuracy in zip(ends, record.epoch_accuracy, strict=True):
            if accuracy is not None:
                writer.add_scalar("accuracy", accuracy, end)
