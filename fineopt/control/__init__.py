"""Floor 7: what a panel's buttons and fields do, in plain Python that needs no widgets."""

from .audit import AuditController
from .freeze import FreezeController
from .landscape import LandscapeController
from .optimizer import OptimizerController
from .param_groups.group import GroupController
from .schedule import ScheduleController
from .training import TrainingController
from .watching import Watching

__all__ = [
    "AuditController",
    "FreezeController",
    "GroupController",
    "LandscapeController",
    "OptimizerController",
    "ScheduleController",
    "TrainingController",
    "Watching",
]
