"""Schedules by name, as the panels offer them."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import BadKeyError, suggestion
from ...language.saying import translatable
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .contexts import restored_on_error
from .decay import CosineAnnealingLR, LinearLR
from .steps import StepLR

__all__ = ["SCHEDULES", "SharedLinearLR", "forget_schedule", "make_schedule"]


class SharedLinearLR(LinearLR):
    """Decays one lr, that of the first group, linearly for all groups, which loses their ratio.

    This is the document's own loop. :class:`LinearLR` keeps the ratio.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> conv, fc = {"params": Parameter([0.0])}, {"params": Parameter([0.0]), "lr": 0.01}
    >>> SharedLinearLR(SGD([conv, fc], lr=0.05), total_epochs=10).get_lr()
    [0.05, 0.05]

    Source: the document's section 训练中对学习速率的更改.
    """

    def get_lr(self) -> list[float]:
        """Return the first group's lr at the current epoch, for each group."""
        rates = super().get_lr()
        return rates[:1] * len(rates)


# Constructors that take an optimizer and the number of epochs to spread over.
SCHEDULES: dict[str, Callable[[AnyOptimizer, int], LRScheduler]] = {
    translatable("linear, each its own"): lambda optimizer, epochs: LinearLR(optimizer, epochs),
    translatable("linear, one lr for all"): lambda optimizer, epochs: SharedLinearLR(
        optimizer, epochs
    ),
    translatable("step"): lambda optimizer, epochs: StepLR(optimizer, max(1, -(-epochs // 3))),
    translatable("cosine"): lambda optimizer, epochs: CosineAnnealingLR(optimizer, epochs),
}


def make_schedule(optimizer: AnyOptimizer, name: str, epochs: int) -> LRScheduler:
    """Return a new schedule that starts from the current learning rates.

    The marks of an earlier schedule are removed from the groups.

    Args:
        optimizer: an optimizer or MultipleOptimizer.
        name: a key of ``SCHEDULES``. ``'step'`` divides by ten after each third of the epochs.
        epochs: the number of epochs to spread over.

    Raises:
        KeyError: for an unknown name.
        TypeError, ValueError: if the number of epochs is invalid; nothing is changed.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> sgd = SGD([Parameter([0.0])], lr=0.1)
    >>> schedule = make_schedule(sgd, "cosine", 4)
    >>> schedule.step(2)
    >>> round(sgd.param_groups[0]["lr"], 3)
    0.05
    """
    if name not in SCHEDULES:
        raise BadKeyError(f"no schedule is named {name!r}; {suggestion(name, list(SCHEDULES))}")
    with restored_on_error(*optimizer.param_groups):
        forget_schedule(optimizer)
        return SCHEDULES[name](optimizer, epochs)


def forget_schedule(optimizer: AnyOptimizer) -> None:
    """Remove the marks of schedules from the groups, which keep their current learning rates."""
    for group in optimizer.param_groups:
        group.pop("initial_lr", None)
        group.pop("scheduled_lr", None)
