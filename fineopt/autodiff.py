"""Automatic differentiation: ``GradManager``."""

from .core.autodiff import GradManager

__all__ = ["GradManager"]
