"""Rewind, branch and compare: the snapshots of a run and what followed from each."""

from .branch import Branch
from .moment import Moment
from .timeline import Timeline

__all__ = ["Branch", "Moment", "Timeline"]
