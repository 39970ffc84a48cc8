"""Figures of a loss landscape and of optimization paths over it."""

from .chart import LandscapeChart, landscape
from .live import LiveLandscape

__all__ = ["LandscapeChart", "LiveLandscape", "landscape"]
