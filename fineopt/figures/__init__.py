"""Figures of a record or of runs: these in, matplotlib Figure out. No pyplot, no globals."""

from .close_ups import histograms, path, update_ratios
from .landscape_chart import LiveLandscape, landscape
from .live import LiveFigure
from .overview import grad_sums, learning_rates, loss, overview, trajectory
from .words import describe, describe_runs

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
