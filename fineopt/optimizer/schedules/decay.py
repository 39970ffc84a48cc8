"""Schedules that let the learning rates fall along a curve."""

from __future__ import annotations

from math import cos, pi
from typing import ClassVar

from ...checks import Check, nonnegative, positive_integer
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .groups import Groups

__all__ = ["CosineAnnealingLR", "LinearLR"]


class LinearLR(LRScheduler):
    r"""Lets each lr fall along a straight line, and then stay.

    .. math:: \eta_t = \eta_0 \left(s + (e - s) \min(t / T, 1)\right)

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        total_epochs: T, when the end is reached.
        start_factor: s.
        end_factor: e.

    Raises:
        TypeError, ValueError: for a setting that can't be.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> conv, fc = {"params": Parameter([0.0])}, {"params": Parameter([0.0]), "lr": 0.01}
    >>> schedule = LinearLR(SGD([conv, fc], lr=0.05), total_epochs=10)
    >>> schedule.step(5)
    >>> schedule.get_lr()
    [0.025, 0.005]

    Source: the document's section 训练中对学习速率的更改, whose own loop writes one lr into all
    groups. PyTorch's LinearLR warms up instead, from a third to 1: see :class:`WarmupLR`.
    """

    checks: ClassVar[dict[str, Check]] = {
        "total_epochs": positive_integer,
        "start_factor": nonnegative,
        "end_factor": nonnegative,
    }
    total_epochs: int
    start_factor: float
    end_factor: float

    def __init__(
        self,
        optimizer: AnyOptimizer,
        total_epochs: int,
        start_factor: float = 1.0,
        end_factor: float = 0.0,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(
            optimizer,
            current_epoch,
            groups,
            total_epochs=total_epochs,
            start_factor=start_factor,
            end_factor=end_factor,
        )

    def factor(self, epoch: int) -> float:
        """Return the height of the line."""
        done = min(epoch, self.total_epochs) / self.total_epochs
        return self.start_factor + (self.end_factor - self.start_factor) * done


class CosineAnnealingLR(LRScheduler):
    r"""Lets each lr fall along half a wave of the cosine, and then stay.

    .. math:: \eta_t = \eta_0 \left(e + (1 - e) \frac{1 + \cos(\pi \min(t / T, 1))}{2}\right)

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        T_max: T, when the end is reached.
        end_factor: e.

    Raises:
        TypeError, ValueError: for a setting that can't be.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = CosineAnnealingLR(SGD([Parameter([0.0])], lr=1.0), T_max=4)
    >>> [round(schedule.factor(epoch), 3) for epoch in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]

    Source: Loshchilov and Hutter 2017, *SGDR: Stochastic Gradient Descent with Warm Restarts*,
    without restarts. PyTorch's goes up again after T_max, and its ``eta_min`` is one lr for all
    groups, which would wake a group that is frozen at 0.
    """

    checks: ClassVar[dict[str, Check]] = {"T_max": positive_integer, "end_factor": nonnegative}
    T_max: int
    end_factor: float

    def __init__(
        self,
        optimizer: AnyOptimizer,
        T_max: int,
        end_factor: float = 0.0,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, T_max=T_max, end_factor=end_factor)

    def factor(self, epoch: int) -> float:
        """Return the height of the wave."""
        wave = (1 + cos(pi * (min(epoch, self.T_max) / self.T_max))) / 2
        return self.end_factor + (1 - self.end_factor) * wave
