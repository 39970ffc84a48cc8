"""The training loop and where a run stands."""

from .trainer import Trainer, train_func

__all__ = ["Trainer", "train_func"]
