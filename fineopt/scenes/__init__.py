"""Charts as plain data: what is drawn by matplotlib and in the browser alike.

A chart is a pure function of a record's summary. See `fineopt.scenes.scene` for its form.
"""

from .run_scene import run_scene
from .scene import Axis, Chart, Scene, place
from .summary import Summary

__all__ = ["Axis", "Chart", "Scene", "Summary", "place", "run_scene"]
