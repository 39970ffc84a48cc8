"""The base class of samplers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sized
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import random
from ...checks import check_values, positive_integer
from ...errors import BadKeyError, BadTypeError

__all__ = ["Sampler", "checked_order"]


class Sampler(ABC):
    """Samples the indices of each epoch and splits them into batches.

    Subclasses implement ``sample``, and draw random numbers from ``self.rng``: with a ``seed`` a
    separate stream, which is the same on every machine and in every version of NumPy, otherwise
    the global stream, ``fineopt.random``.

    Args:
        dataset: any object with a length.
        batch_size: number of items in a batch.
        drop_last: whether to drop the last batch if it is incomplete.
        num_samples: number of indices in an epoch. Default: the length of the dataset.
        world_size: only one process is supported: 1 or None.
        rank: only one process is supported: 0 or None.
        seed: an integer from 0 to 2**32 - 1, or None.

    Raises:
        TypeError: if an argument is of the wrong type.
        ValueError: if the dataset is empty, a number is below 1, the seed is out of range, an
            epoch has no batch, or ``world_size`` or ``rank`` are those of distributed training.

    Example:
        >>> from fineopt.data import Sampler
        >>> class Backwards(Sampler):
        ...     def sample(self):
        ...         return range(len(self.dataset) - 1, -1, -1)
        >>> list(Backwards("abcde", batch_size=2))
        [[4, 3], [2, 1], [0]]

    Source: MegEngine, ``megengine.data.sampler.MapSampler``.
    """

    #: Whether ``sample`` uses ``self.rng``, whose state is then part of the sampler's.
    draws: ClassVar[bool] = True

    def __init__(
        self,
        dataset: Sized,
        batch_size: int = 1,
        drop_last: bool = False,
        num_samples: int | None = None,
        world_size: int | None = None,
        rank: int | None = None,
        seed: int | None = None,
    ) -> None:
        if world_size not in (None, 1) or rank not in (None, 0):
            raise ValueError(
                f"world_size={world_size}, rank={rank}: distributed sampling is not supported"
            )
        if not isinstance(drop_last, (bool, np.bool_)):
            raise TypeError(f"drop_last must be True or False, got {drop_last!r}")
        self.dataset = dataset
        self.drop_last = bool(drop_last)
        if len(dataset) == 0:
            raise ValueError("the dataset is empty")
        num_samples = len(dataset) if num_samples is None else num_samples
        sizes = {"batch_size": batch_size, "num_samples": num_samples}
        who = type(self).__name__
        check_values(sizes, dict.fromkeys(sizes, positive_integer), {}, lambda: who, who)
        self.batch_size, self.num_samples = int(batch_size), int(num_samples)
        if len(self) == 0:
            raise ValueError(
                f"batch_size={self.batch_size} with drop_last=True leaves no batch of "
                f"{self.num_samples} samples"
            )
        self.seed = random.check_seed(seed)
        self._own = None if self.seed is None else np.random.RandomState(self.seed)

    @property
    def rng(self) -> np.random.RandomState:
        """The stream of random numbers."""
        return random.generator() if self._own is None else self._own

    @abstractmethod
    def sample(self) -> ArrayLike:
        """Return the ``num_samples`` indices of a new epoch, in order."""

    def epoch(self) -> NDArray[np.intp]:
        """Return the validated indices of a new epoch, shape (num_samples,)."""
        return checked_order(self, self.sample())

    def __iter__(self) -> Iterator[list[int]]:
        order = self.epoch()
        for batch in range(len(self)):
            yield order[batch * self.batch_size : (batch + 1) * self.batch_size].tolist()

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        full, rest = divmod(self.num_samples, self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def reset(self) -> None:
        """Return to the first epoch of the seed.

        Without a seed this has no effect, as the next epoch is drawn from the global stream. Load a
        ``state_dict`` taken at the start instead.
        """
        if self._own is not None:
            self._own.seed(self.seed)

    def state_dict(self) -> dict[str, Any]:
        """Return the settings and the state of the stream, which determine all later epochs.

        Without a seed this is the global stream, which ``load_state_dict`` then restores.
        """
        state: dict[str, Any] = self._settings()
        if self.draws:
            state["rng"] = random.state_of(self.rng)
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state.

        Raises:
            ValueError: if the state belongs to a sampler with other settings, which are all named;
                it is also a KeyError if an entry is missing, and a TypeError if the state is not
                a dict. The sampler is then unchanged.
        """
        self.check_state(state)
        if self.draws:
            random.restore(self.rng, state["rng"])

    def check_state(self, state: Mapping[str, Any]) -> None:
        """Check a state, and load nothing.

        Raises:
            ValueError: as :meth:`load_state_dict`.
        """
        if not isinstance(state, Mapping):
            raise BadTypeError(f"the state of a sampler must be a dict, got {state!r}")
        settings = self._settings()
        missing = [name for name in (*settings, *["rng"] * self.draws) if name not in state]
        if missing:
            raise BadKeyError(f"the state of the sampler lacks {', '.join(missing)}")
        differing = [
            f"{name} is {value!r} here and {state[name]!r} in the state"
            for name, value in settings.items()
            if not _same(state[name], value)
        ]
        if differing:
            raise ValueError(f"the state belongs to another sampler: {'; '.join(differing)}")
        if self.draws:
            random.check_state(state["rng"])

    def _settings(self) -> dict[str, Any]:
        return {
            "sampler": type(self).__name__,
            "dataset_length": len(self.dataset),
            "num_samples": self.num_samples,
            "batch_size": self.batch_size,
            "drop_last": self.drop_last,
            "seed": "none" if self.seed is None else str(self.seed),
        }


def checked_order(sampler: Sampler, order: ArrayLike) -> NDArray[np.intp]:
    """Validate an epoch of ``sampler``, and return it as a read-only copy.

    Raises:
        ValueError: if it is not ``num_samples`` integers.
        IndexError: if an index is out of range.
    """
    who, length = type(sampler).__name__, len(sampler.dataset)
    indices = np.asarray(order)
    if indices.shape != (sampler.num_samples,) or indices.dtype.kind not in "iu":
        raise ValueError(
            f"an epoch of {who} must be {sampler.num_samples} integers, "
            f"got shape {indices.shape} of {indices.dtype}"
        )
    outside = indices[(indices < 0) | (indices >= length)]
    if len(outside):
        raise IndexError(
            f"{who}: index {outside[0]} is out of range for a dataset of {length} items"
        )
    own = indices.astype(np.intp)
    own.setflags(write=False)
    return own


def _same(found: Any, wanted: Any) -> bool:
    return np.ndim(found) == 0 and bool(found == wanted)
