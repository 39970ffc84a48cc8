"""Schedules that multiply the learning rates by a factor, now and then or always."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, ClassVar

from ...checks import Check, nondecreasing_integers, positive, positive_integer
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .groups import Groups

__all__ = ["ExponentialLR", "MultiStepLR", "StepLR"]


class MultiStepLR(LRScheduler):
    r"""Multiplies each lr by gamma at each milestone.

    .. math:: \eta_t = \eta_0\, \gamma^{\text{milestones up to } t}

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        milestones: epochs, in increasing order.
        gamma: the factor.

    Raises:
        TypeError, ValueError: for milestones or a gamma that can't be.

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

    checks: ClassVar[dict[str, Check]] = {"milestones": nondecreasing_integers, "gamma": positive}
    milestones: tuple[int, ...]
    gamma: float

    def __init__(
        self,
        optimizer: AnyOptimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        several: Any = list(milestones) if isinstance(milestones, Iterable) else milestones
        super().__init__(optimizer, current_epoch, groups, milestones=several, gamma=gamma)

    def factor(self, epoch: int) -> float:
        """Return gamma to the number of milestones that have been reached."""
        return self.gamma ** bisect_right(self.milestones, epoch)


class StepLR(LRScheduler):
    r"""Multiplies each lr by gamma every ``step_size`` epochs.

    .. math:: \eta_t = \eta_0\, \gamma^{\lfloor t / \text{step size} \rfloor}

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        step_size: how many epochs.
        gamma: the factor.

    Raises:
        TypeError, ValueError: for a setting that can't be.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = StepLR(SGD([Parameter([0.0])], lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.factor(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]

    Source: PyTorch's StepLR.
    """

    checks: ClassVar[dict[str, Check]] = {"step_size": positive_integer, "gamma": positive}
    step_size: int
    gamma: float

    def __init__(
        self,
        optimizer: AnyOptimizer,
        step_size: int,
        gamma: float = 0.1,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, step_size=step_size, gamma=gamma)

    def factor(self, epoch: int) -> float:
        """Return gamma to the number of whole steps that have passed."""
        return self.gamma ** (epoch // self.step_size)


class ExponentialLR(LRScheduler):
    r"""Multiplies each lr by gamma every epoch.

    .. math:: \eta_t = \eta_0\, \gamma^t

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        gamma: the factor; above 1 the lr grows, as in a search for the greatest that works.

    Raises:
        TypeError, ValueError: for a gamma that can't be.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> schedule = ExponentialLR(SGD([Parameter([0.0])], lr=1.0), gamma=0.5)
    >>> [schedule.factor(epoch) for epoch in range(4)]
    [1.0, 0.5, 0.25, 0.125]

    Source: PyTorch's ExponentialLR.
    """

    checks: ClassVar[dict[str, Check]] = {"gamma": positive}
    gamma: float

    def __init__(
        self,
        optimizer: AnyOptimizer,
        gamma: float,
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        super().__init__(optimizer, current_epoch, groups, gamma=gamma)

    def factor(self, epoch: int) -> float:
        """Return gamma to the number of epochs."""
        return self.gamma**epoch
