"""Floor 4: optimizers with param groups, with MegEngine's names."""

from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Optimizer"]
