"""Samplers: the order in which a loader iterates over its dataset."""

from .base import Sampler, checked_order
from .orders import RandomSampler, SequentialSampler

__all__ = ["MapSampler", "RandomSampler", "Sampler", "SequentialSampler", "checked_order"]

#: The name in later versions of MegEngine.
MapSampler = Sampler
