"""Metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.tensor import Tensor, TensorLike
from .loss import check_labels

__all__ = ["count_right"]


def count_right(pred: Any, label: TensorLike) -> tuple[int, int]:
    """Return the number of correct predictions and the number of labels.

    Args:
        pred: scores of shape (N, classes, ...).
        label: integers from 0 to classes - 1, of the shape of pred without axis 1.

    Raises:
        TypeError: if pred is not a Tensor, or the labels are not integers.
        ValueError: if a label is out of range, or the shapes do not match.

    >>> count_right(Tensor([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    (1, 2)
    """
    if not isinstance(pred, Tensor):
        raise TypeError(
            f"predictions must be a Tensor of shape (N, classes), not a {type(pred).__name__}"
        )
    labels = label._data if isinstance(label, Tensor) else np.asarray(label)
    check_labels("accuracy", pred, labels)
    return int((pred.argmax(1)._data == labels).sum()), labels.size
