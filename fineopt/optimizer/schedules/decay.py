"""Schedules that decay the learning rates along a curve."""

from __future__ import annotations

from math import cos, pi

from ...checks import nonnegative, positive_integer, settings_in
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .groups import Groups
from .settings import setting

__all__ = ["CosineAnnealingLR", "LinearLR"]


class LinearLR(LRScheduler):
    r"""Decays each lr linearly, then holds it.

    .. math:: \eta_t = \eta_0 \left(s + (e - s) \min(t / T, 1)\right)

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        total_epochs: T, the length of the decay.
        start_factor: s.
        end_factor: e.

    Raises:
        TypeError, ValueError: if a setting is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> conv, fc = {"params": Parameter([0.0])}, {"params": Parameter([0.0]), "lr": 0.01}
    >>> schedule = LinearLR(SGD([conv, fc], lr=0.05), total_epochs=10)
    >>> schedule.step(5)
    >>> schedule.get_lr()
    [0.025, 0.005]

    Source: the document's section 训练中对学习速率的更改, whose loop writes one lr into all groups.
    The defaults of PyTorch's LinearLR warm up instead, from 1/3 to 1: see :class:`WarmupLR`.
    """

    total_epochs: int = setting(positive_integer)
    start_factor: float = setting(nonnegative)
    end_factor: float = setting(nonnegative)

    def __init__(
        self,
        optimizer: AnyOptimizer,
        total_epochs: int,
        start_factor: float = 1.0,
        end_factor: float = 0.0,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, **settings_in(locals(), self.checks))

    def factor(self, epoch: int) -> float:
        """Return the factor of the linear decay."""
        done = min(epoch, self.total_epochs) / self.total_epochs
        return self.start_factor + (self.end_factor - self.start_factor) * done


class CosineAnnealingLR(LRScheduler):
    r"""Decays each lr along half a cosine wave, then holds it.

    .. math:: \eta_t = \eta_0 \left(e + (1 - e) \frac{1 + \cos(\pi \min(t / T, 1))}{2}\right)

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        T_max: T, the length of the decay.
        end_factor: e.

    Raises:
        TypeError, ValueError: if a setting is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = CosineAnnealingLR(SGD([Parameter([0.0])], lr=1.0), T_max=4)
    >>> [round(schedule.factor(epoch), 3) for epoch in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]

    Source: Loshchilov and Hutter 2017, *SGDR: Stochastic Gradient Descent with Warm Restarts*,
    without restarts. PyTorch's rises again after T_max, and its ``eta_min`` is the same lr for all
    groups, which would unfreeze a group frozen at 0.
    """

    T_max: int = setting(positive_integer)
    end_factor: float = setting(nonnegative)

    def __init__(
        self,
        optimizer: AnyOptimizer,
        T_max: int,
        end_factor: float = 0.0,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, **settings_in(locals(), self.checks))

    def factor(self, epoch: int) -> float:
        """Return the factor of the cosine decay."""
        wave = (1 + cos(pi * (min(epoch, self.T_max) / self.T_max))) / 2
        return self.end_factor + (1 - self.end_factor) * wave
