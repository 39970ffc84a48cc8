"""Floor 8: panels. Controllers are plain Python; views are thin."""

from .freeze_controller import FreezeController
from .group_controller import GroupController
from .optimizer_controller import OptimizerController
from .schedule_controller import ScheduleController
from .training_controller import TrainingController
from .training_panel import TrainingPanel

__all__ = [
    "FreezeController",
    "GroupController",
    "OptimizerController",
    "ScheduleController",
    "TrainingController",
    "TrainingPanel",
]
