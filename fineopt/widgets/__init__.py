"""Floor 8: panels. Controllers are plain Python; views are thin."""

from .controllers import GroupController, TrainingController
from .training_panel import TrainingPanel

__all__ = ["GroupController", "TrainingController", "TrainingPanel"]
