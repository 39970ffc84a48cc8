"""Changes made to each image on its way from the dataset into a batch."""

from .base import BatchTransform, Compose, Transform
from .image import Normalize, Pad, ToMode

__all__ = ["BatchTransform", "Compose", "Normalize", "Pad", "ToMode", "Transform"]
