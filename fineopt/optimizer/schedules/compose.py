"""Schedules composed of functions, and of other schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...checks import nondecreasing_integers, plain
from ...types import Group
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .contexts import at_epoch
from .groups import Groups
from .settings import setting

__all__ = ["LambdaLR", "SequentialLR"]

Factor = Callable[[int], float]


class LambdaLR(LRScheduler):
    """Multiplies each base lr by a function of the epoch.

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        lr_lambda: a function from the epoch to a factor, for all groups, or a list with one
            function for each governed group. With a list, a group that is added later keeps its
            lr.

    Raises:
        TypeError: if ``lr_lambda`` is neither a function nor a list of functions.
        ValueError: if the number of functions is not that of the groups; at a step, if a factor
            makes an lr negative or not finite.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> conv, fc = {"params": Parameter([0.0])}, {"params": Parameter([0.0]), "lr": 0.25}
    >>> optimizer = SGD([conv, fc], lr=1.0)
    >>> schedule = LambdaLR(optimizer, [lambda epoch: 0.5**epoch, lambda epoch: 1 / (1 + epoch)])
    >>> schedule.step()
    >>> schedule.step()
    >>> [round(group["lr"], 3) for group in optimizer.param_groups]
    [0.25, 0.083]

    Source: PyTorch's LambdaLR. Functions are not part of its state.
    """

    def __init__(
        self,
        optimizer: AnyOptimizer,
        lr_lambda: Factor | Sequence[Factor],
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        self.lr_lambda = lr_lambda
        self._bound: list[tuple[Group, Factor]] | None = None
        super().__init__(optimizer, current_epoch, groups)

    def get_lr(self) -> list[float]:
        """Return the lr at the current epoch of each group that it governs."""
        if callable(self.lr_lambda):
            return super().get_lr()
        if self._bound is None:
            self._bound = self._bind(self.lr_lambda)
        factors = {id(group): factor for group, factor in self._bound}
        bases = zip(self._governed(), self.base_lrs, strict=True)
        return [
            base_lr * factors[id(group)](self.current_epoch) if id(group) in factors else base_lr
            for (_, group), base_lr in bases
        ]

    def skips(self, group: Group) -> bool:
        """Return whether a list of functions has none for a group, which was added later."""
        bound = self._bound
        return bound is not None and all(group is not known for known, _ in bound)

    def factor(self, epoch: int) -> float:
        """Return the factor, if one function is given for all groups.

        Raises:
            TypeError: for a list of functions.
        """
        if not callable(self.lr_lambda):
            raise TypeError("this LambdaLR has one function per group, so there is no one factor")
        return self.lr_lambda(epoch)

    def _bind(self, functions: Any) -> list[tuple[Group, Factor]]:
        groups = [group for _, group in self._governed()]
        if not isinstance(functions, list | tuple) or not all(map(callable, functions)):
            raise TypeError(
                f"LambdaLR: lr_lambda must be a function or a list of functions, not {functions!r}"
            )
        if len(functions) != len(groups):
            raise ValueError(
                f"LambdaLR: lr_lambda needs a function for each of the {len(groups)} groups, "
                f"not {len(functions)}"
            )
        return list(zip(groups, functions, strict=True))


class SequentialLR(LRScheduler):
    """Runs schedules one after another.

    Each starts at its own epoch 0, from the groups' base lrs.

    Args:
        optimizer, current_epoch: see :class:`LRScheduler`.
        schedulers: schedules of this optimizer, all of the same groups. Step only the SequentialLR.
        milestones: the epochs at which the next schedule starts, one fewer than schedules.

    Raises:
        TypeError: if an item is not a schedule, or a milestone not an integer.
        ValueError: if the schedules do not match each other or the milestones.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD, CosineAnnealingLR, WarmupLR
    >>> optimizer = SGD([Parameter([0.0])], lr=1.0)
    >>> parts = [WarmupLR(optimizer, 2, start_factor=0.5), CosineAnnealingLR(optimizer, 4)]
    >>> schedule = SequentialLR(optimizer, parts, milestones=[2])
    >>> lrs = []
    >>> for _ in range(7):
    ...     lrs.append(round(optimizer.param_groups[0]["lr"], 3))
    ...     schedule.step()
    >>> lrs
    [0.5, 0.75, 1.0, 0.854, 0.5, 0.146, 0.0]

    Source: PyTorch's SequentialLR.
    """

    milestones: tuple[int, ...] = setting(nondecreasing_integers)

    def __init__(
        self,
        optimizer: AnyOptimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Iterable[int],
        current_epoch: int = -1,
    ) -> None:
        milestones = list(milestones) if isinstance(milestones, Iterable) else milestones
        self.schedulers = list(schedulers)
        for i, part in enumerate(self.schedulers):
            if not isinstance(part, LRScheduler):
                raise TypeError(
                    f"SequentialLR: item {i} is a {type(part).__name__}, not a schedule"
                )
            if part.optimizer is not optimizer:
                raise ValueError(f"SequentialLR: schedule {i} belongs to another optimizer")
            if part.governed != self.schedulers[0].governed:
                raise ValueError(f"SequentialLR: schedule {i} governs other groups than the first")
        given = len(milestones) if isinstance(milestones, list) else len(self.schedulers) - 1
        if not self.schedulers or given != len(self.schedulers) - 1:
            raise ValueError(self._miscounted(given))
        first = self.schedulers[0]
        groups = None if first.governs_all else first.governed
        super().__init__(optimizer, current_epoch, groups, milestones=milestones)

    def follow(self, optimizer: AnyOptimizer) -> None:
        """Govern the groups of another optimizer, as do its schedules; see :class:`LRScheduler`."""
        for part in self.schedulers:
            part.follow(optimizer)
        super().follow(optimizer)  # last, so that it governs the groups, not one of its parts

    def skips(self, group: Group) -> bool:
        """Return whether one of its schedules leaves the lr of a group as it is."""
        return any(part.skips(group) for part in self.schedulers)

    def parts(self) -> list[LRScheduler]:
        """Return this schedule and all schedules that it consists of."""
        return [self, *(inner for part in self.schedulers for inner in part.parts())]

    def get_lr(self) -> list[float]:
        """Return the lr at the current epoch of each group that it governs."""
        i = bisect_right(self.milestones, self.current_epoch)
        part = self.schedulers[i]
        with at_epoch(part, self.current_epoch - (0, *self.milestones)[i]):
            return part.get_lr()

    def state_dict(self) -> dict[str, Any]:
        """Return the epoch, the milestones, and the states of its schedules."""
        return super().state_dict() | {
            "schedulers": [part.state_dict() for part in self.schedulers]
        }

    def _take(self, state_dict: Any) -> None:
        if not isinstance(state_dict, Mapping):
            super()._take(state_dict)  # which raises
        own = dict(state_dict)
        states = own.pop("schedulers", None)
        if not isinstance(states, list | tuple) or len(states) != len(self.schedulers):
            raise ValueError(f"SequentialLR: the state must have {len(self.schedulers)} schedulers")
        given = plain(own.get("milestones"))  # converts an array to a tuple, too
        if isinstance(given, list | tuple) and len(given) != len(self.milestones):
            raise ValueError(f"the state of {self._miscounted(len(given))}")
        super()._take(own)
        for i, (part, state) in enumerate(zip(self.schedulers, states, strict=True)):
            try:
                part._take(state)
            except ValueError as error:
                raise type(error)(f"SequentialLR, schedule {i}: {error}") from None

    def _miscounted(self, milestones: int) -> str:
        count = len(self.schedulers)
        if not count:
            return "SequentialLR: it needs at least one schedule"
        noun = "milestone" if count == 2 else "milestones"
        return f"SequentialLR: {count} schedules need {count - 1} {noun}, not {milestones}"
