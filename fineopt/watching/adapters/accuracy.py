"""Metrics of other libraries as accuracies."""

from __future__ import annotations

from typing import Any

__all__ = ["as_accuracy"]


def as_accuracy(metric: Any) -> float | None:
    """Return a metric if it is a number from 0 to 1, else None: a callback stops no training.

    >>> as_accuracy(0.5), as_accuracy(97), as_accuracy(None)
    (0.5, None, None)
    """
    try:
        value = float(metric)
    except (TypeError, ValueError):
        return None
    return value if 0 <= value <= 1 else None
