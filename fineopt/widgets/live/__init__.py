"""Live charts, drawn in the browser."""

from .scene_view import SceneView

__all__ = ["SceneView"]
