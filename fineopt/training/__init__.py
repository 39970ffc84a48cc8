"""Runs: an engine is trained, recorded, and restored to the bit."""

from .bars import progress
from .engine import Engine
from .native import TrainFunc, train_func
from .run import Run, RunSnapshot
from .states.snapshot import Snapshot
from .trainer import Trainer

__all__ = [
    "Engine",
    "Run",
    "RunSnapshot",
    "Snapshot",
    "TrainFunc",
    "Trainer",
    "progress",
    "train_func",
]
