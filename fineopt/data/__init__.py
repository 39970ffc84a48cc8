"""Datasets, samplers and transforms, and a loader that yields batches of NumPy arrays."""

from . import dataset, transform
from .batching import Collator
from .loader import DataLoader
from .sampler import MapSampler, RandomSampler, Sampler, SequentialSampler

__all__ = [
    "Collator",
    "DataLoader",
    "MapSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "dataset",
    "transform",
]
