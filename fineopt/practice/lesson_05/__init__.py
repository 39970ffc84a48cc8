"""Exercises of lesson 05: nine broken training runs, each with a function to fix."""

from .checkpoints import by_name
from .freezing import first_step_after_a_thaw, head_alone, no_leap
from .groups import all_in_groups, both_optimizers, every_group, later_groups
from .steps import a_step, no_stale_gradient

__all__ = [
    "a_step",
    "all_in_groups",
    "both_optimizers",
    "by_name",
    "every_group",
    "first_step_after_a_thaw",
    "head_alone",
    "later_groups",
    "no_leap",
    "no_stale_gradient",
]
