"""Schedules that multiply the learning rates by a factor at some or all epochs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from ...checks import nondecreasing_integers, positive, positive_integer, settings_in
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .groups import Groups
from .settings import setting

__all__ = ["ExponentialLR", "MultiStepLR", "StepLR"]


class MultiStepLR(LRScheduler):
    r"""Multiplies each lr by gamma at each milestone.

    .. math:: \eta_t = \eta_0\, \gamma^{\text{milestones up to } t}

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        milestones: epochs, in increasing order.
        gamma: the factor.

    Raises:
        TypeError, ValueError: if a setting is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = MultiStepLR(SGD([Parameter([0.0])], lr=1.0), milestones=[2, 3], gamma=0.5)
    >>> lrs = []
    >>> for _ in range(5):
    ...     lrs += schedule.get_lr()
    ...     schedule.step()
    >>> lrs
    [1.0, 1.0, 0.5, 0.25, 0.25]

    Source: MegEngine's MultiStepLR.
    """

    milestones: tuple[int, ...] = setting(nondecreasing_integers)
    gamma: float = setting(positive)

    def __init__(
        self,
        optimizer: AnyOptimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        milestones = list(milestones) if isinstance(milestones, Iterable) else milestones
        super().__init__(optimizer, current_epoch, groups, **settings_in(locals(), self.checks))

    def factor(self, epoch: int) -> float:
        """Return gamma to the power of the number of milestones reached."""
        return self.gamma ** bisect_right(self.milestones, epoch)


class StepLR(LRScheduler):
    r"""Multiplies each lr by gamma every ``step_size`` epochs.

    .. math:: \eta_t = \eta_0\, \gamma^{\lfloor t / \text{step size} \rfloor}

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        step_size: the number of epochs between two reductions.
        gamma: the factor.

    Raises:
        TypeError, ValueError: if a setting is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = StepLR(SGD([Parameter([0.0])], lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.factor(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]

    Source: PyTorch's StepLR.
    """

    step_size: int = setting(positive_integer)
    gamma: float = setting(positive)

    def __init__(
        self,
        optimizer: AnyOptimizer,
        step_size: int,
        gamma: float = 0.1,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, **settings_in(locals(), self.checks))

    def factor(self, epoch: int) -> float:
        """Return gamma to the power of the number of completed steps."""
        return self.gamma ** (epoch // self.step_size)


class ExponentialLR(LRScheduler):
    r"""Multiplies each lr by gamma every epoch.

    .. math:: \eta_t = \eta_0\, \gamma^t

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        gamma: the factor; above 1 the lr grows, as in a learning-rate range test.

    Raises:
        TypeError, ValueError: if gamma is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = ExponentialLR(SGD([Parameter([0.0])], lr=1.0), gamma=0.5)
    >>> [schedule.factor(epoch) for epoch in range(4)]
    [1.0, 0.5, 0.25, 0.125]

    Source: PyTorch's ExponentialLR.
    """

    gamma: float = setting(positive)

    def __init__(
        self,
        optimizer: AnyOptimizer,
        gamma: float,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, **settings_in(locals(), self.checks))

    def factor(self, epoch: int) -> float:
        """Return gamma to the power of the epoch."""
        return self.gamma**epoch
