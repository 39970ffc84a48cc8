"""Floor 8: panels. Controllers are plain Python; views are thin."""

from ..control.freeze import FreezeController
from ..control.group import GroupController
from ..control.landscape import LandscapeController
from ..control.optimizer import OptimizerController
from ..control.schedule import ScheduleController
from ..control.training import TrainingController
from .panels.freeze import FreezePanel
from .panels.group import GroupPanel
from .panels.landscape import LandscapePanel
from .panels.optimizer import OptimizerPanel
from .panels.training import TrainingPanel

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
