"""Schedules that begin with a warm-up."""

from __future__ import annotations

from math import cos, pi

from ...checks import (
    nonnegative,
    nonnegative_integer,
    positive,
    positive_integer,
    proportion,
    settings_in,
)
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .groups import Groups
from .settings import setting

__all__ = ["OneCycleLR", "WarmupLR"]


class WarmupLR(LRScheduler):
    r"""Increases each lr linearly to its base lr, then holds it.

    .. math:: \eta_t = \eta_0 \left(s + (1 - s) \min(t / T, 1)\right)

    To continue with another schedule, see :class:`SequentialLR`.

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        warmup_epochs: T, the length of the warm-up; 0 for none.
        start_factor: s.

    Raises:
        TypeError, ValueError: if a setting is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = WarmupLR(SGD([Parameter([0.0])], lr=1.0), warmup_epochs=3)
    >>> [round(schedule.factor(epoch), 3) for epoch in range(5)]
    [0.1, 0.4, 0.7, 1.0, 1.0]

    Source: Goyal et al. 2017, *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*,
    section 2.2.
    """

    warmup_epochs: int = setting(nonnegative_integer)
    start_factor: float = setting(nonnegative)

    def __init__(
        self,
        optimizer: AnyOptimizer,
        warmup_epochs: int,
        start_factor: float = 0.1,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, **settings_in(locals(), self.checks))

    def factor(self, epoch: int) -> float:
        """Return the factor of the linear warm-up."""
        if epoch >= self.warmup_epochs:
            return 1.0
        return self.start_factor + (1 - self.start_factor) * (epoch / self.warmup_epochs)


class OneCycleLR(LRScheduler):
    r"""Increases each lr to its base lr, the peak, and decays it to almost 0, along cosines.

    Step it after every batch.

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        total_steps: the length of the cycle; after it, the lr is constant.
        pct_start: the fraction of the cycle in which the lr increases, from 0 to 1. With 0 it only
            decays (as in PyTorch, the peak would be one step before the first); with 1 it only
            increases, and stays at the peak.
        div_factor: the initial lr is the peak divided by it.
        final_div_factor: the final lr is the initial lr divided by it.

    Raises:
        TypeError, ValueError: if a setting is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = OneCycleLR(SGD([Parameter([0.0])], lr=1.0), total_steps=10)
    >>> [round(schedule.factor(step), 3) for step in range(0, 11, 2)]
    [0.04, 1.0, 0.812, 0.389, 0.05, 0.0]

    Source: Smith and Topin 2018, *Super-Convergence*. PyTorch's has the same curve, takes the peak
    as ``max_lr``, and also cycles the momentum, which is constant here.
    """

    total_steps: int = setting(positive_integer)
    pct_start: float = setting(proportion)
    div_factor: float = setting(positive)
    final_div_factor: float = setting(positive)

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
        super().__init__(optimizer, current_epoch, groups, **settings_in(locals(), self.checks))

    def factor(self, epoch: int) -> float:
        """Return the factor of the cycle, which is 1 at the peak."""
        peak, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        start = 1 / self.div_factor
        end = start / self.final_div_factor
        step = min(epoch, last)
        if step >= peak:  # the peak may be the last step; then there is no decay
            return _wave(1.0, end, (step - peak) / (last - peak)) if last > peak else 1.0
        return _wave(start, 1.0, step / peak)


def _wave(a: float, b: float, done: float) -> float:
    """Interpolate from a to b along half a cosine wave."""
    return b + (a - b) * (1 + cos(pi * done)) / 2
