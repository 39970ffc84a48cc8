"""When a batch may be made as a whole, and yet be the one that its items would make."""

from functools import cache
from typing import Any

from .dataset import ArrayDataset
from .transform import BatchTransform, Compose, Transform

__all__ = ["takes_batches", "treats_batches"]


def takes_batches(dataset: Any) -> bool:
    """Whether ``dataset.take`` gives the very items of ``dataset[i]``."""
    return isinstance(dataset, ArrayDataset) and _newest(type(dataset), "take", "__getitem__")


def treats_batches(transform: Transform | None) -> bool:
    """Whether ``transform`` may be given a batch's stack of images in place of its items."""
    if isinstance(transform, Compose) and not all(map(treats_batches, transform.transforms)):
        return False
    return transform is None or (
        isinstance(transform, BatchTransform)
        and _newest(type(transform), "apply_images", "apply", "_apply_image")
    )


@cache  # asked for each batch, and the same for all objects of a class
def _newest(kind: type, name: str, *others: str) -> bool:
    """Whether the class that defines ``name`` derives from (or is) each that defines ``others``.

    If not, a subclass has redefined what happens to one item, and ``name`` knows nothing of it.
    """
    definer = {
        each: next(base for base in kind.__mro__ if each in vars(base)) for each in (name, *others)
    }
    return all(issubclass(definer[name], definer[other]) for other in others)
