"""Functions of two parameters to play on, and the paths that optimizers take down them.

A network has too many parameters to see where they go. A landscape has two, x and y, and each has
an optimizer and a learning rate of its own, as the groups of a network have.
"""

from .rules import RULES
from .run import Run, descend
from .surfaces import LANDSCAPES, Landscape, find_landscape

__all__ = ["LANDSCAPES", "RULES", "Landscape", "Run", "descend", "find_landscape"]
