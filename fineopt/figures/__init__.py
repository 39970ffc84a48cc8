"""Figures of a record: record in, matplotlib Figure out. No pyplot, no globals, no `show`."""

from .live import LiveFigure
from .overview import grad_sums, learning_rates, loss, overview, trajectory
from .words import describe

__all__ = [
    "LiveFigure",
    "describe",
    "grad_sums",
    "learning_rates",
    "loss",
    "overview",
    "trajectory",
]
