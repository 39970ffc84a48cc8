"""Exercises of lesson 05: nine broken training runs with a function to fix, and three more."""

from ..progress import progress_of
from .checkpoints import by_name
from .freezing import first_step_after_a_thaw, head_alone, no_leap
from .groups import all_in_groups, both_optimizers, every_group, later_groups
from .looking import refused, what_stands_still
from .rescue import accuracy, rescue
from .steps import a_step, no_stale_gradient

__all__ = [  # in the order of the lesson  # noqa: RUF022
    "what_stands_still",
    "refused",
    "all_in_groups",
    "a_step",
    "every_group",
    "later_groups",
    "no_leap",
    "no_stale_gradient",
    "by_name",
    "both_optimizers",
    "head_alone",
    "rescue",
    "accuracy",
    "first_step_after_a_thaw",
    "progress",
]

progress = progress_of(__name__)
