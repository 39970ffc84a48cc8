"""Schedules by name, as a panel offers them."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import BadKeyError, suggestion
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .decay import CosineAnnealingLR, LinearLR
from .steps import StepLR

__all__ = ["SCHEDULES", "SharedLinearLR", "make_schedule"]


class SharedLinearLR(LinearLR):
    """The document's own loop: one lr for all groups falls along a line, so their ratio is lost.

    The lr is that of the first group. To keep the ratio take :class:`LinearLR`.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> conv, fc = {"params": Parameter([0.0])}, {"params": Parameter([0.0]), "lr": 0.01}
    >>> SharedLinearLR(SGD([conv, fc], lr=0.05), total_epochs=10).get_lr()
    [0.05, 0.05]

    Source: the document's section 训练中对学习速率的更改.
    """

    def get_lr(self) -> list[float]:
        """Return the first group's lr at the current epoch, for all."""
        rates = super().get_lr()
        return rates[:1] * len(rates)


# Each takes an optimizer and the number of epochs that it spreads over.
SCHEDULES: dict[str, Callable[[AnyOptimizer, int], LRScheduler]] = {
    "linear, each its own": lambda optimizer, epochs: LinearLR(optimizer, epochs),
    "linear, one lr for all": lambda optimizer, epochs: SharedLinearLR(optimizer, epochs),
    "step": lambda optimizer, epochs: StepLR(optimizer, max(1, -(-epochs // 3))),
    "cosine": lambda optimizer, epochs: CosineAnnealingLR(optimizer, epochs),
}


def make_schedule(optimizer: AnyOptimizer, name: str, epochs: int) -> LRScheduler:
    """Return a new schedule, which starts from the learning rates as they are now.

    What an earlier schedule noted in the groups is forgotten.

    Args:
        optimizer: an optimizer, or several as one.
        name: one of ``SCHEDULES``. ``'step'`` divides by ten after each third of the epochs.
        epochs: over how many epochs.

    Raises:
        KeyError: for an unknown name.
        TypeError, ValueError: for a number of epochs that can't be. Then nothing is changed.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> sgd = SGD([Parameter([0.0])], lr=0.1)
    >>> schedule = make_schedule(sgd, "cosine", 4)
    >>> schedule.step(2)
    >>> round(sgd.param_groups[0]["lr"], 3)
    0.05
    """
    if name not in SCHEDULES:
        raise BadKeyError(f"no schedule is called {name!r}, {suggestion(name, list(SCHEDULES))}")
    kept = [dict(group) for group in optimizer.param_groups]
    forget_schedule(optimizer)
    try:
        return SCHEDULES[name](optimizer, epochs)
    except Exception:
        for group, values in zip(optimizer.param_groups, kept, strict=True):
            group.update(values)
        raise


def forget_schedule(optimizer: AnyOptimizer) -> None:
    """Remove what schedules noted in the groups: their learning rates stay as they are now."""
    for group in optimizer.param_groups:
        group.pop("initial_lr", None)
        group.pop("scheduled_lr", None)
