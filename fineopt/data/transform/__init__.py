"""Transforms of images between the dataset and the batch."""

from .base import BatchTransform, Compose, Transform
from .image import Normalize, Pad, ToMode

__all__ = ["BatchTransform", "Compose", "Normalize", "Pad", "ToMode", "Transform"]
