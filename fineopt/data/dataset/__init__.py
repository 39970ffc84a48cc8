"""What a loader draws its items from: arrays in memory, handwritten digits, or a class of yours."""

from .base import ArrayDataset, Dataset
from .mnist import MNIST, MNISTSample

__all__ = ["MNIST", "ArrayDataset", "Dataset", "MNISTSample"]
