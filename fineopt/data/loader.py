"""The loader: samples, transforms and collates batches."""

import operator
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadKeyError, BadTypeError
from .batching import Collator, as_labels, collate, takes_batches, treats_batches
from .dataset import ArrayDataset, Dataset
from .sampler import Sampler, SequentialSampler, checked_order
from .transform import BatchTransform, Transform

__all__ = ["DataLoader"]


class DataLoader:
    """Iterates over a dataset in batches of NumPy arrays; each ``for`` loop over it is an epoch.

    A batch of (image, label) tuples is a tuple of arrays: images (N, ...) and int32 labels (N,).
    The arrays are copies, so writing to them does not affect the dataset.

    If the dataset is an ArrayDataset, as MNIST is, and the transforms are those of fineopt, each
    batch is transformed as a whole; otherwise items are processed one at a time by ``dataset[i]``
    and ``transform.apply``. Both give the same batches. Nothing is cached between epochs.

    Args:
        dataset: a Dataset, or any object with ``__len__`` and ``__getitem__``.
        sampler: determines the order and the batch size. Default: sequential, one item at a time.
        transform: applied to each item.
        collator: combines items into a batch, by ``apply(items)``.
        num_workers: only 0 is supported: batches are made in the calling process.

    Raises:
        TypeError: if an argument is of the wrong type.
        ValueError: if the sampler's dataset has another length, or ``num_workers`` is not 0.

    Example:
        >>> from fineopt.data import DataLoader, RandomSampler
        >>> from fineopt.data.dataset import MNISTSample
        >>> from fineopt.data.transform import Compose, Normalize, Pad, ToMode
        >>> dataset = MNISTSample()
        >>> loader = DataLoader(
        ...     dataset,
        ...     sampler=RandomSampler(dataset, batch_size=64, drop_last=True),
        ...     transform=Compose(
        ...         [Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")]
        ...     ),
        ... )
        >>> for images, labels in loader:
        ...     break
        >>> images.shape, images.dtype.name, labels.shape, labels.dtype.name
        ((64, 1, 32, 32), 'float32', (64,), 'int32')

    Source: MegEngine, ``megengine.data.DataLoader``.
    """

    def __init__(
        self,
        dataset: Dataset,
        sampler: Sampler | None = None,
        transform: Transform | None = None,
        collator: Collator | None = None,
        num_workers: int = 0,
    ) -> None:
        if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
            raise TypeError(
                f"dataset must define __getitem__ and __len__, got {type(dataset).__name__}; "
                "see fineopt.data.dataset.Dataset"
            )
        if num_workers != 0:
            raise ValueError(
                f"num_workers={num_workers} is not supported: batches are made in the calling "
                "process, so num_workers must be 0"
            )
        if sampler is None:
            sampler = SequentialSampler(dataset)
        _check_kind("sampler", sampler, Sampler)
        if transform is not None:
            _check_kind("transform", transform, Transform)
        if collator is not None and not hasattr(collator, "apply"):
            raise TypeError(f"collator must have an apply method, got {type(collator).__name__}")
        if len(sampler.dataset) != len(dataset):
            raise ValueError(
                f"the sampler's dataset has {len(sampler.dataset)} items, the loader's "
                f"has {len(dataset)}"
            )
        self.dataset = dataset
        self.sampler = sampler
        self.transform = transform
        self.collator = Collator() if collator is None else collator
        self._epoch: Epoch | None = None
        self._restored = False  # whether the next `for` continues _epoch

    def __iter__(self) -> Iterator[Any]:
        if self._epoch is None or not self._restored:
            self._epoch = Epoch(self, self.sampler.epoch())
        self._restored = False
        return self._epoch

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self.sampler)

    @property
    def resumes(self) -> bool:
        """Whether the next ``for`` loop continues an epoch of a loaded state."""
        return self._restored

    def reset(self) -> None:
        """Abandon the current epoch and return to the first epoch of the sampler's seed.

        See ``Sampler.reset`` for samplers without a seed.
        """
        self.sampler.reset()
        self._epoch, self._restored = None, False

    def state_dict(self) -> dict[str, Any]:
        """Return the position of the loader, between epochs or between batches of an epoch.

        After ``load_state_dict``, the next ``for`` loop yields the remaining batches of the epoch,
        and later loops the same epochs as before. An epoch ends when its ``for`` loop ends: if the
        state is taken right after the last batch, the next ``for`` loop yields no batch.

        A sampler without a seed draws from the global stream, ``fineopt.random``. The state then
        includes that stream, and loading it also affects other users of it, such as dropout.
        """
        state: dict[str, Any] = {"sampler": self.sampler.state_dict()}
        if self._epoch is not None and not self._epoch.over:
            state["order"] = self._epoch.order
            state["position"] = self._epoch.position
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state of this loader, or of one with the same settings.

        Existing iterators continue their own epochs; a new ``for`` loop starts from the state.

        Raises:
            ValueError: if the state belongs to another sampler or dataset length, or is damaged;
                it is also a KeyError if an entry is missing or unknown, and a TypeError if the
                state is not a dict. The loader is then unchanged.
        """
        epoch = self.check_state(state)
        self.sampler.load_state_dict(state["sampler"])
        self._epoch, self._restored = epoch, epoch is not None

    def check_state(self, state: Mapping[str, Any]) -> "Epoch | None":
        """Return the epoch under way in a state, if there is one, and load nothing.

        Raises:
            ValueError: as :meth:`load_state_dict`.
        """
        if not isinstance(state, Mapping):
            raise BadTypeError(
                f"the state of a loader must be a dict returned by state_dict(), got {state!r}"
            )
        unknown = [key for key in state if key not in ("sampler", "order", "position")]
        if unknown or "sampler" not in state or ("order" in state) != ("position" in state):
            raise BadKeyError(
                "the state of a loader has the key 'sampler' and, within an epoch, 'order' and "
                f"'position', got {sorted(map(str, state))}"
            )
        self.sampler.check_state(state["sampler"])  # first: its error names what differs
        return self._epoch_from(state) if "order" in state else None

    def _epoch_from(self, state: Mapping[str, Any]) -> "Epoch":
        try:
            position = operator.index(state["position"])
            order = checked_order(self.sampler, state["order"])
        except (TypeError, IndexError, ValueError) as error:
            raise ValueError(f"the state of the loader is damaged: {error}") from error
        if not 0 <= position <= len(self):
            raise ValueError(
                f"the state of the loader is damaged: position {position} in an epoch of "
                f"{len(self)} batches"
            )
        return Epoch(self, order, position)

    def _batch(self, indices: NDArray[np.intp]) -> Any:
        dataset, transform = self.dataset, self.transform
        if takes_batches(dataset) and treats_batches(transform) and type(self.collator) is Collator:
            assert isinstance(dataset, ArrayDataset)
            first, *others = dataset.take(indices)
            if isinstance(transform, BatchTransform):
                first = transform.apply_images(first)
            return tuple(as_labels(column) for column in (first, *others))
        items = [dataset[index] for index in indices.tolist()]
        if transform is not None:
            items = [transform.apply(item) for item in items]
        if type(self.collator) is Collator:
            return collate(items, indices.tolist())
        return self.collator.apply(items)


class Epoch:
    """One pass over a sampled order, from a position that can be read and set."""

    def __init__(self, loader: DataLoader, order: NDArray[np.intp], position: int = 0) -> None:
        self.loader = loader
        self.order = order
        self.position = position
        self.over = False

    def __iter__(self) -> "Epoch":
        return self

    def __next__(self) -> Any:
        if self.position >= len(self.loader):
            self.over = True
            raise StopIteration
        size = self.loader.sampler.batch_size
        indices = self.order[self.position * size : (self.position + 1) * size]
        try:
            batch = self.loader._batch(indices)
        except StopIteration as error:  # which would silently end the epoch
            raise RuntimeError(
                f"the dataset, transform or collator raised StopIteration in batch {self.position} "
                f"(items {indices.tolist()})"
            ) from error
        self.position += 1
        return batch


def _check_kind(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {type(value).__name__}")
