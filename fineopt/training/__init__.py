"""Runs: an engine is trained, recorded, and restored to the bit."""

from .engine import Engine
from .native import TrainFunc, train_func
from .progress import progress
from .snapshot import Snapshot
from .trainer import Trainer

__all__ = ["Engine", "Snapshot", "TrainFunc", "Trainer", "progress", "train_func"]
