"""Exercises of lesson 05: nine broken runs. Each asks for the broken function, mended."""

from .diagnose_groups import all_in_groups, both_optimizers, every_group, later_groups
from .diagnose_runs import (
    a_step,
    by_name,
    first_step_after_a_thaw,
    head_alone,
    no_leap,
    no_stale_gradient,
)

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
