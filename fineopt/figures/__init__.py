"""Figures of a record or of runs: these in, matplotlib Figure out. No pyplot, no globals."""

from .alt_text import describe, describe_runs
from .charts.landscape import LiveLandscape, landscape
from .details import histograms, path, update_ratios
from .live import LiveFigure
from .overview import grad_sums, learning_rates, loss, overview, trajectory

__all__ = [
    "LiveFigure",
    "LiveLandscape",
    "describe",
    "describe_runs",
    "grad_sums",
    "histograms",
    "landscape",
    "learning_rates",
    "loss",
    "overview",
    "path",
    "trajectory",
    "update_ratios",
]
