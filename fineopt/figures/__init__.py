"""Figures of training records and of runs on a loss landscape, as matplotlib Figures.

They draw the scenes of `fineopt.scenes`, at any size. They do not use pyplot and keep no global
state.
"""

from ..scenes.alt_text import describe, describe_runs
from .audit import audit_ratios
from .branches import compare
from .details import histograms, path, update_ratios
from .landscape import landscape
from .overview import overview
from .single import grad_sums, learning_rates, loss, trajectory

__all__ = [
    "audit_ratios",
    "compare",
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
