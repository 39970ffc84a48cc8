"""Datasets: arrays in memory, MNIST, and the base class of custom datasets."""

from .base import ArrayDataset, Dataset
from .mnist import MNIST, MNISTSample

__all__ = ["MNIST", "ArrayDataset", "Dataset", "MNISTSample"]
