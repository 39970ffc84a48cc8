"""What a training run did, kept as columns of plain NumPy arrays.

A `Record` copies the few numbers it keeps, draws nothing and knows no Tensor, so that the same
record serves any engine whose parameters can be seen as ndarrays. Figures read it; nothing but
the training loop writes it. Its memory is bounded where it could grow without limit: trajectories,
norms and histograms are thinned as the run gets longer, while the values at epoch boundaries are
kept exactly.
"""

from .frames import Frames
from .histograms import Histogram
from .record import Change, Record, Swap

__all__ = ["Change", "Frames", "Histogram", "Record", "Swap"]
