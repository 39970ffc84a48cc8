"""Recording of a training run in columns of plain NumPy arrays.

A `Record` copies the numbers that it keeps. It draws nothing and knows no Tensor, so it serves any
engine whose parameters can be read as ndarrays. Figures read it; only the training loop writes it.
Memory is bounded: trajectories, norms and histograms are thinned as the run grows, while the values
at epoch boundaries are all kept.
"""

from .record import Record
from .sampled import Sample, kept_indices
from .tables.groups import Change, Swap
from .tables.histograms import Histogram

__all__ = ["Change", "Histogram", "Record", "Sample", "Swap", "kept_indices"]
