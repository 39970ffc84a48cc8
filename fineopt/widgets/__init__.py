"""Floor 8: panels, thin views of the controllers in `fineopt.control`."""

from . import requirements  # isort: skip  # first: it says what to do where a package is missing
from ..control import (
    FreezeController,
    GroupController,
    LandscapeController,
    OptimizerController,
    ScheduleController,
    TrainingController,
)
from .panels.audit import AuditPanel
from .panels.freeze import FreezePanel
from .panels.group import GroupPanel
from .panels.landscape import LandscapePanel
from .panels.optimizer import OptimizerPanel
from .panels.training import TrainingPanel
from .panels.watch import WatchPanel

__all__ = [
    "AuditPanel",
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
    "WatchPanel",
]

del requirements
