"""Saving and loading objects: ``save`` and ``load``."""

from .core.serialization import load, save

__all__ = ["load", "save"]
