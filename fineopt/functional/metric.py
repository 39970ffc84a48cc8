"""How many predictions are right."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.tensor import Tensor, TensorLike
from .loss import check_labels

__all__ = ["count_right"]


def count_right(pred: Any, label: TensorLike) -> tuple[int, int]:
    """Return how many labels the greatest predictions meet, and how many labels there are.

    Args:
        pred: scores, (N, classes), or with more axes behind.
        label: integers from 0 to classes - 1, of pred's shape without axis 1.

    Raises:
        TypeError: for a pred that is not a Tensor, or labels that are not integers.
        ValueError: for labels out of range, or shapes that don't fit.

    >>> count_right(Tensor([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    (1, 2)
    """
    if not isinstance(pred, Tensor):
        raise TypeError(f"predictions are a Tensor of (N, classes), not a {type(pred).__name__}")
    labels = label._data if isinstance(label, Tensor) else np.asarray(label)
    check_labels("accuracy", pred, labels)
    return int((pred.argmax(1)._data == labels).sum()), labels.size
