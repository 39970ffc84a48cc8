"""Datasets, samplers, transforms and the loader that joins them into batches of NumPy arrays."""

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
