"""Schedules that let the learning rates rise first."""

from __future__ import annotations

from math import cos, pi
from typing import ClassVar

from ...checks import (
    Check,
    nonnegative,
    nonnegative_integer,
    positive,
    positive_integer,
    proportion,
)
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .groups import Groups

__all__ = ["OneCycleLR", "WarmupLR"]


class WarmupLR(LRScheduler):
    r"""Lets each lr rise along a straight line to its base, and then stay.

    .. math:: \eta_t = \eta_0 \left(s + (1 - s) \min(t / T, 1)\right)

    To go on with another schedule from there, see :class:`SequentialLR`.

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        warmup_epochs: T, when the base lr is reached; 0 for no warm-up.
        start_factor: s.

    Raises:
        TypeError, ValueError: for a setting that can't be.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = WarmupLR(SGD([Parameter([0.0])], lr=1.0), warmup_epochs=3)
    >>> [round(schedule.factor(epoch), 3) for epoch in range(5)]
    [0.1, 0.4, 0.7, 1.0, 1.0]

    Source: Goyal et al. 2017, *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*,
    section 2.2.
    """

    checks: ClassVar[dict[str, Check]] = {
        "warmup_epochs": nonnegative_integer,
        "start_factor": nonnegative,
    }
    warmup_epochs: int
    start_factor: float

    def __init__(
        self,
        optimizer: AnyOptimizer,
        warmup_epochs: int,
        start_factor: float = 0.1,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(
            optimizer,
            current_epoch,
            groups,
            warmup_epochs=warmup_epochs,
            start_factor=start_factor,
        )

    def factor(self, epoch: int) -> float:
        """Return the height of the line."""
        if epoch >= self.warmup_epochs:
            return 1.0
        return self.start_factor + (1 - self.start_factor) * (epoch / self.warmup_epochs)


class OneCycleLR(LRScheduler):
    r"""Lets each lr rise to its base, its peak, and fall to almost nothing, along cosines.

    It is meant to be stepped for every batch.

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        total_steps: how many steps the cycle has; after it the lr stays.
        pct_start: the part of them, from 0 to 1, in which the lr rises. With 0 it falls from the
            start (as in PyTorch the peak would be a step before the first); with 1 it rises to the
            end, and stays at the peak.
        div_factor: the lr begins at the peak divided by it.
        final_div_factor: the lr ends at where it began, divided by it.

    Raises:
        TypeError, ValueError: for a setting that can't be.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = OneCycleLR(SGD([Parameter([0.0])], lr=1.0), total_steps=10)
    >>> [round(schedule.factor(step), 3) for step in range(0, 11, 2)]
    [0.04, 1.0, 0.812, 0.389, 0.05, 0.0]

    Source: Smith and Topin 2018, *Super-Convergence*. PyTorch's has the same curve, takes the peak
    as ``max_lr``, and moves the momentum too, which here stays as it is.
    """

    checks: ClassVar[dict[str, Check]] = {
        "total_steps": positive_integer,
        "pct_start": proportion,
        "div_factor": positive,
        "final_div_factor": positive,
    }
    total_steps: int
    pct_start: float
    div_factor: float
    final_div_factor: float

    def __init__(
        self,
        optimizer: AnyOptimizer,
        total_steps: int,
        pct_start: float = 0.3,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(
            optimizer,
            current_epoch,
            groups,
            total_steps=total_steps,
            pct_start=pct_start,
            div_factor=div_factor,
            final_div_factor=final_div_factor,
        )

    def factor(self, epoch: int) -> float:
        """Return the height of the wave: up to 1 at the peak, then down."""
        peak, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        start = 1 / self.div_factor
        end = start / self.final_div_factor
        step = min(epoch, last)
        if step >= peak:  # also a peak at the last step, after which the lr does not fall
            return _wave(1.0, end, (step - peak) / (last - peak)) if last > peak else 1.0
        return _wave(start, 1.0, step / peak)


def _wave(a: float, b: float, done: float) -> float:
    """Go from a to b along half a cosine wave."""
    return b + (a - b) * (1 + cos(pi * done)) / 2
