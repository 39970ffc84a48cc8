"""Exercises of lesson 06, about PyTorch: what is asked needs it, importing this does not."""

from ..progress import progress_of
from .broken import frozen_for_good, new_head, norm_at_rest
from .fine_tuning import fine_tuned
from .groups import head_faster, steps_recorded, which_rate
from .network import batch, pretrained, require_torch

__all__ = [  # in the order of the lesson  # noqa: RUF022
    "new_head",
    "frozen_for_good",
    "norm_at_rest",
    "head_faster",
    "which_rate",
    "steps_recorded",
    "fine_tuned",
    "batch",
    "pretrained",
    "require_torch",
    "progress",
]

progress = progress_of(__name__)
