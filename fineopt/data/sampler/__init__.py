"""The order in which a loader walks through its dataset."""

from .base import Sampler, checked_order
from .orders import RandomSampler, SequentialSampler

__all__ = ["MapSampler", "RandomSampler", "Sampler", "SequentialSampler", "checked_order"]

#: MegEngine's name for it in its later versions.
MapSampler = Sampler
