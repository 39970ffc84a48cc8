"""Floor 8: panels. Controllers are plain Python; views are thin."""

from .freeze_controller import FreezeController
from .freeze_panel import FreezePanel
from .group_controller import GroupController
from .group_panel import GroupPanel
from .landscape_controller import LandscapeController
from .landscape_panel import LandscapePanel
from .optimizer_controller import OptimizerController
from .optimizer_panel import OptimizerPanel
from .schedule_controller import ScheduleController
from .training_controller import TrainingController
from .training_panel import TrainingPanel

__all__ = [
    "FreezeController",
    "FreezePanel",
    "GroupController",
    "GroupPanel",
    "LandscapeController",
    "LandscapePanel",
    "OptimizerController",
    "OptimizerPanel",
    "ScheduleController",
    "TrainingController",
    "TrainingPanel",
]
