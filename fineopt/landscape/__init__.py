"""Functions of two parameters, and the paths that optimizers take down them.

A network has too many parameters to watch. A landscape has two, x and y, each with its own
optimizer and learning rate, like the param groups of a network.
"""

from .run import Run, descend
from .surfaces import LANDSCAPES, Landscape, find_landscape

__all__ = ["LANDSCAPES", "Landscape", "Run", "descend", "find_landscape"]
