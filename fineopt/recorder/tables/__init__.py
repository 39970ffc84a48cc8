"""All columns of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from ...atomic import commit
from .columns import Column, Floats
from .groups import Swap
from .histograms import LIMIT as MAX_HISTOGRAMS
from .histograms import Histograms
from .progress import Progress
from .sums import GradientSums
from .trajectories import Trajectories
from .updates import LIMIT as MAX_UPDATES
from .updates import Updates


class Tables:
    """The columns of a run; trajectories, updates and histograms exist once it is started.

    Args:
        size: the number of parameters.
        groups: the number of groups.
    """

    def __init__(self, size: int, groups: int) -> None:
        self.progress = Progress()
        self.lr = Column((groups,))
        self.swaps: tuple[Swap, ...] = ()
        self.sums = GradientSums(size)
        self.trajectories: Trajectories | None = None
        self.updates: Updates | None = None
        self.histograms: Histograms | None = None

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `load` restores; none before the start."""
        if self.trajectories is None or self.updates is None or self.histograms is None:
            return {}
        return {
            "lr": self.lr.rows,
            **self.progress.state(),
            **self.sums.state(),
            **self.trajectories.state(),
            **self.updates.series.state("norms"),
            **self.histograms.samples.state("histograms"),
        }

    def load(
        self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], previous: Any = None
    ) -> None:
        """Restore a state of a record; its arrays are shared."""
        self.swaps = tuple(Swap(*swap) for swap in header["swaps"])
        if not arrays:
            return
        shapes = {name: tuple(shape) for name, shape in header["shapes"].items()}
        trajectories, updates, histograms = _empty(shapes, header["keep"], header["samples"])
        self.lr = Column.of(arrays["lr"])
        self.progress.load(arrays)
        self.sums.load(arrays)
        trajectories.load(arrays)
        updates.series.load("norms", arrays)
        updates.previous = previous
        histograms.samples.load("histograms", arrays)
        self.trajectories, self.updates, self.histograms = trajectories, updates, histograms


def begin(values: Mapping[str, NDArray[Any]], keep: int, limit: int) -> dict[str, Any]:
    """Return the attributes of tables that are started with these values."""
    shapes = {name: value.shape for name, value in values.items()}
    trajectories, updates, histograms = _empty(shapes, keep, limit)
    ordered = list(values.values())
    commit(trajectories.started(trajectories.pick(ordered)))
    commit(histograms.appended(ordered, [None] * len(ordered), 0))
    return {"trajectories": trajectories, "updates": updates, "histograms": histograms}


def begin_sampled(
    shapes: Mapping[str, tuple[int, ...]],
    row: Floats,
    values: Sequence[NDArray[Any]],
    keep: int,
    limit: int,
) -> dict[str, Any]:
    """Return the attributes of tables that are started with a row of kept elements.

    Args:
        shapes: the parameters' shapes.
        row: the kept elements of all of them.
        values: elements of each, for its histogram.
        keep: maximum number of kept elements of each.
        limit: maximum number of samples.
    """
    trajectories, updates, histograms = _empty(shapes, keep, limit)
    commit(trajectories.started(row))
    commit(histograms.appended(values, [None] * len(values), 0))
    return {"trajectories": trajectories, "updates": updates, "histograms": histograms}


def _empty(
    shapes: Mapping[str, tuple[int, ...]], keep: int, limit: int
) -> tuple[Trajectories, Updates, Histograms]:
    return (
        Trajectories(shapes, keep, limit),
        Updates(len(shapes), min(limit, MAX_UPDATES)),
        Histograms(len(shapes), min(limit, MAX_HISTOGRAMS)),
    )
