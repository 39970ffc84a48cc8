"""From a dataset to batches: sample, transform, collate."""

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
    """Iterates over a dataset in batches of NumPy arrays; each ``for`` over it is a new epoch.

    A batch of tuples (image, label) is a tuple of arrays: images (N, ...) and int32 labels (N,).
    The arrays are fresh ones: writing into them changes no dataset.

    When the dataset is an ArrayDataset (all of MNIST's are) and the transforms are the package's
    own, a batch is transformed as a whole. Else the items go one by one through ``dataset[i]`` and
    ``transform.apply``. Both give the same batches, and nothing is kept from one epoch to the next.

    Args:
        dataset: a Dataset, or anything with a length and items.
        sampler: the order and the batch size; by default one item at a time, in sequence.
        transform: the change to make to each item.
        collator: what joins items into a batch, by its ``apply(items)``.

    Raises:
        TypeError: an argument of the wrong kind.
        ValueError: a sampler over a dataset of another length; ``num_workers`` other than 0.

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
                "a dataset has __getitem__ and __len__, "
                f"which {type(dataset).__name__} lacks; see fineopt.data.dataset.Dataset"
            )
        if num_workers != 0:
            raise ValueError(
                f"num_workers={num_workers} is not supported: batches are made in this process, "
                "with num_workers=0"
            )
        if sampler is None:
            sampler = SequentialSampler(dataset)
        _check_kind("sampler", sampler, Sampler)
        if transform is not None:
            _check_kind("transform", transform, Transform)
        if collator is not None and not hasattr(collator, "apply"):
            raise TypeError(f"a collator has a method apply, {type(collator).__name__} lacks it")
        if len(sampler.dataset) != len(dataset):
            raise ValueError(
                f"the sampler is over a dataset of {len(sampler.dataset)} items, "
                f"the loader over one of {len(dataset)}"
            )
        self.dataset = dataset
        self.sampler = sampler
        self.transform = transform
        self.collator = Collator() if collator is None else collator
        self._epoch: Epoch | None = None
        self._restored = False  # the next `for` goes on with _epoch instead of a new one

    def __iter__(self) -> Iterator[Any]:
        if self._epoch is None or not self._restored:
            self._epoch = Epoch(self, self.sampler.epoch())
        self._restored = False
        return self._epoch

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return len(self.sampler)

    @property
    def resumes(self) -> bool:
        """Whether the next ``for`` goes on with an epoch from a loaded state, not a new one."""
        return self._restored

    def reset(self) -> None:
        """Leave the running epoch, and go back to the first one of the sampler's seed.

        What that means for a sampler without a seed is told in ``Sampler.reset``.
        """
        self.sampler.reset()
        self._epoch, self._restored = None, False

    def state_dict(self) -> dict[str, Any]:
        """Where the loader stands, between two epochs or between two batches of one.

        After ``load_state_dict`` the next ``for`` yields the batches that were left of the epoch,
        and the ones after it the same epochs as before. An epoch is over once its ``for`` has
        ended: with the state taken right after the last batch, the next ``for`` yields none.

        A sampler without a seed draws from the process's stream, so the state holds that one and
        loading it sets it back: also for whatever else draws from it, such as dropout.
        """
        state: dict[str, Any] = {"sampler": self.sampler.state_dict()}
        if self._epoch is not None and not self._epoch.over:
            state["order"] = self._epoch.order
            state["position"] = self._epoch.position
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to where ``state_dict`` was called, on this loader or on one just like it.

        An iterator from before goes on with its own epoch; a new ``for`` starts from the state.

        Raises:
            ValueError: the state is of another sampler or dataset length, or is damaged (a KeyError
                too where an entry is missing or unknown, a TypeError where it is no dict). Nothing
                is changed then.
        """
        if not isinstance(state, Mapping):
            raise BadTypeError(
                f"a loader's state is a dict, as state_dict() gives it, not {state!r}"
            )
        unknown = [key for key in state if key not in ("sampler", "order", "position")]
        if unknown or "sampler" not in state or ("order" in state) != ("position" in state):
            raise BadKeyError(
                "a loader's state has a 'sampler' and, within an epoch, an 'order' and a "
                f"'position'; got {sorted(map(str, state))}"
            )
        # The sampler first: what does not fit is better explained by its settings.
        before = self.sampler.state_dict()
        self.sampler.load_state_dict(state["sampler"])
        try:
            epoch = self._epoch_from(state) if "order" in state else None
        except Exception:
            self.sampler.load_state_dict(before)
            raise
        self._epoch, self._restored = epoch, epoch is not None

    def _epoch_from(self, state: Mapping[str, Any]) -> "Epoch":
        try:
            position = operator.index(state["position"])
            order = checked_order(self.sampler, state["order"])
        except (TypeError, IndexError, ValueError) as error:
            raise ValueError(f"the loader's state is damaged: {error}") from error
        if not 0 <= position <= len(self):
            raise ValueError(
                f"the loader's state is damaged: position {position} in an epoch of "
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
    """One pass over an order that is drawn, at a position that can be read and set."""

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
        except StopIteration as error:  # which would end the epoch without a word
            raise RuntimeError(
                f"the dataset, transform or collator raised StopIteration in batch {self.position} "
                f"(items {indices.tolist()})"
            ) from error
        self.position += 1
        return batch


def _check_kind(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name} is a {kind.__name__}, got {type(value).__name__}")
