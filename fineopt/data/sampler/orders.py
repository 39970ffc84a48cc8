"""Sequential and random samplers."""

from collections.abc import Sequence, Sized

import numpy as np
from numpy.typing import NDArray

from .base import Sampler, checked_order

__all__ = ["RandomSampler", "SequentialSampler"]


class SequentialSampler(Sampler):
    """Samples all items in order, or those at ``indices`` in the order of ``indices``.

    Raises:
        IndexError: if an index is out of range.

    Example:
        >>> from fineopt.data import SequentialSampler
        >>> list(SequentialSampler("abcde", batch_size=2))
        [[0, 1], [2, 3], [4]]

    Source: MegEngine, ``megengine.data.SequentialSampler``.
    """

    draws = False

    def __init__(
        self,
        dataset: Sized,
        batch_size: int = 1,
        drop_last: bool = False,
        indices: Sequence[int] | None = None,
        world_size: int | None = None,
        rank: int | None = None,
    ) -> None:
        count = None if indices is None else len(indices)
        super().__init__(dataset, batch_size, drop_last, count, world_size, rank)
        self.indices = _among(self, indices)

    def sample(self) -> NDArray[np.intp]:
        """Return the indices, which are the same in each epoch."""
        return self.indices


class RandomSampler(Sampler):
    """Samples all items, or those at ``indices``, in a new random order in each epoch.

    Raises:
        IndexError: if an index is out of range.

    Example:
        >>> from fineopt.data import RandomSampler
        >>> sampler = RandomSampler("abcde", batch_size=2, drop_last=True, seed=0)
        >>> list(sampler), list(sampler)
        ([[2, 0], [1, 3]], [[0, 2], [1, 4]])

    Source: MegEngine, ``megengine.data.RandomSampler``.
    """

    def __init__(
        self,
        dataset: Sized,
        batch_size: int = 1,
        drop_last: bool = False,
        indices: Sequence[int] | None = None,
        world_size: int | None = None,
        rank: int | None = None,
        seed: int | None = None,
    ) -> None:
        count = None if indices is None else len(indices)
        super().__init__(dataset, batch_size, drop_last, count, world_size, rank, seed)
        self.indices = _among(self, indices)

    def sample(self) -> NDArray[np.intp]:
        """Return a permutation of the indices, drawn from ``rng``."""
        return self.indices[self.rng.permutation(self.num_samples)]


def _among(sampler: Sampler, indices: Sequence[int] | None) -> NDArray[np.intp]:
    everything = np.arange(sampler.num_samples)
    return checked_order(sampler, everything if indices is None else np.asarray(indices))
