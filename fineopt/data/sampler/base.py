"""The base class of samplers: settings, epochs, state."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sized
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import random
from ...errors import BadKeyError, BadTypeError

__all__ = ["Sampler", "checked_order"]


class Sampler(ABC):
    """Draws the indices of each epoch and cuts them into batches; a subclass writes ``sample``.

    Randomness comes from ``self.rng``: a stream of its own with a ``seed``, so that the order is
    the same on every machine and with every NumPy; else the process's, ``fineopt.random``.

    Args:
        dataset: anything with a length.
        batch_size: items in a batch.
        drop_last: leave out a last batch that would be smaller.
        num_samples: indices in an epoch; by default one per item of the dataset.
        seed: an integer within 0 .. 2**32 - 1, or None.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: an empty dataset, a number below 1, a bad seed, no batch left at all, or
            ``world_size`` and ``rank`` of several processes.

    Example:
        >>> from fineopt.data import Sampler
        >>> class Backwards(Sampler):
        ...     def sample(self):
        ...         return range(len(self.dataset) - 1, -1, -1)
        >>> list(Backwards("abcde", batch_size=2))
        [[4, 3], [2, 1], [0]]

    Source: MegEngine, ``megengine.data.sampler.MapSampler``.
    """

    #: Whether ``sample`` draws from ``self.rng``, whose state then belongs to the sampler's.
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
            raise ValueError(f"world_size={world_size}, rank={rank}: only one process is supported")
        if not isinstance(drop_last, (bool, np.bool_)):
            raise TypeError(f"drop_last is True or False, got {drop_last!r}")
        self.dataset = dataset
        self.batch_size = _positive("batch_size", batch_size)
        self.drop_last = bool(drop_last)
        if len(dataset) == 0:
            raise ValueError("the dataset is empty: there is nothing to sample from")
        self.num_samples = _positive(
            "num_samples", len(dataset) if num_samples is None else num_samples
        )
        if len(self) == 0:
            raise ValueError(
                f"batch_size={self.batch_size} with drop_last=True leaves no batch of "
                f"{self.num_samples} samples"
            )
        self.seed = random.check_seed(seed)
        self._own = None if self.seed is None else np.random.RandomState(self.seed)

    @property
    def rng(self) -> np.random.RandomState:
        """The stream to draw from."""
        return random.generator() if self._own is None else self._own

    @abstractmethod
    def sample(self) -> ArrayLike:
        """The ``num_samples`` indices of a new epoch, in their order."""

    def epoch(self) -> NDArray[np.intp]:
        """A new epoch's indices, checked: integers (num_samples,), each within the dataset."""
        return checked_order(self, self.sample())

    def __iter__(self) -> Iterator[list[int]]:
        order = self.epoch()
        for batch in range(len(self)):
            yield order[batch * self.batch_size : (batch + 1) * self.batch_size].tolist()

    def __len__(self) -> int:
        """How many batches an epoch has."""
        full, rest = divmod(self.num_samples, self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def reset(self) -> None:
        """Go back to the first epoch of the seed.

        Without a seed there is no first epoch to go back to: the next one is drawn from the
        process's stream as it stands. Load a ``state_dict`` taken at the start instead.
        """
        if self._own is not None:
            self._own.seed(self.seed)

    def state_dict(self) -> dict[str, Any]:
        """What decides the epochs to come: the sampler's settings, and where its stream stands.

        Without a seed that stream is the process's, so ``load_state_dict`` sets it back too.
        """
        state: dict[str, Any] = self._settings()
        if self.draws:
            state["rng"] = random.state_of(self.rng)
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to where ``state_dict`` was called.

        Raises:
            ValueError: it is the state of a sampler with other settings; all of them are named (a
                KeyError too where an entry is missing, a TypeError where it is no dict). Nothing is
                changed then.
        """
        if not isinstance(state, Mapping):
            raise BadTypeError(f"a sampler's state is a dict, not {state!r}")
        settings = self._settings()
        missing = [name for name in (*settings, *["rng"] * self.draws) if name not in state]
        if missing:
            raise BadKeyError(f"the sampler's state lacks {', '.join(missing)}")
        differing = [
            f"{name} is {value!r} here and {state[name]!r} in the state"
            for name, value in settings.items()
            if not _same(state[name], value)
        ]
        if differing:
            raise ValueError(f"the state is of another sampler: {'; '.join(differing)}")
        if self.draws:
            random.restore(self.rng, state["rng"])

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
    """``order`` as a read-only array of its own, once it can be an epoch of ``sampler``."""
    who, length = type(sampler).__name__, len(sampler.dataset)
    indices = np.asarray(order)
    if indices.shape != (sampler.num_samples,) or indices.dtype.kind not in "iu":
        raise ValueError(
            f"an epoch of {who} is {sampler.num_samples} integers, "
            f"got shape {indices.shape} of {indices.dtype}"
        )
    outside = indices[(indices < 0) | (indices >= length)]
    if len(outside):
        raise IndexError(f"{who}: index {outside[0]} is outside a dataset of {length} items")
    own = indices.astype(np.intp)
    own.setflags(write=False)
    return own


def _same(found: Any, wanted: Any) -> bool:
    return np.ndim(found) == 0 and bool(found == wanted)


def _positive(name: str, value: int) -> int:
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} is an integer, got the bool {value}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is an integer, got {value!r}") from None
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return number
