"""Schedules made of functions, and of other schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ...checks import Check, nondecreasing_integers, plain
from ...types import Group
from ..multiple import AnyOptimizer
from .base import LRScheduler
from .groups import Groups

__all__ = ["LambdaLR", "SequentialLR"]

Rule = Callable[[int], float]


class LambdaLR(LRScheduler):
    """Multiplies each base lr by what a function says of the epoch.

    Args:
        optimizer, current_epoch, groups: see :class:`LRScheduler`.
        lr_lambda: a function from the epoch to a factor, for all groups; or a list of them, one
            for each group that is governed. A group that is added later to a list of functions
            keeps its lr.

    Raises:
        TypeError: for what is no function.
        ValueError: for more or fewer functions than groups; at a step, for a factor that makes an
            lr negative or not finite.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> conv, fc = {"params": Parameter([0.0])}, {"params": Parameter([0.0]), "lr": 0.25}
    >>> optimizer = SGD([conv, fc], lr=1.0)
    >>> schedule = LambdaLR(optimizer, [lambda epoch: 0.5**epoch, lambda epoch: 1 / (1 + epoch)])
    >>> schedule.step()
    >>> schedule.step()
    >>> [round(group["lr"], 3) for group in optimizer.param_groups]
    [0.25, 0.083]

    Source: PyTorch's LambdaLR. Functions are not saved with its state.
    """

    def __init__(
        self,
        optimizer: AnyOptimizer,
        lr_lambda: Rule | Sequence[Rule],
        current_epoch: int = -1,
        groups: Groups = None,
    ) -> None:
        self.lr_lambda = lr_lambda
        self._rules: list[tuple[Group, Rule]] | None = None
        super().__init__(optimizer, current_epoch, groups)

    def get_lr(self) -> list[float]:
        """Return the lr at the current epoch of each group that it governs."""
        if callable(self.lr_lambda):
            return super().get_lr()
        if self._rules is None:
            self._rules = self._bind(self.lr_lambda)
        rules = {id(group): rule for group, rule in self._rules}
        bases = zip(self._governed(), self.base_lrs, strict=True)
        return [
            base_lr * rules[id(group)](self.current_epoch) if id(group) in rules else base_lr
            for (_, group), base_lr in bases
        ]

    def factor(self, epoch: int) -> float:
        """Return what the one function says; with a list there are several factors."""
        if not callable(self.lr_lambda):
            raise TypeError("this LambdaLR has one function per group, and so no single factor")
        return self.lr_lambda(epoch)

    def _bind(self, rules: Any) -> list[tuple[Group, Rule]]:
        groups = [group for _, group in self._governed()]
        if not isinstance(rules, list | tuple) or not all(map(callable, rules)):
            raise TypeError(f"LambdaLR: lr_lambda must be a function or a list, not {rules!r}")
        if len(rules) != len(groups):
            raise ValueError(f"LambdaLR: {len(rules)} functions don't fit {len(groups)} groups")
        return list(zip(groups, rules, strict=True))


class SequentialLR(LRScheduler):
    """One schedule after another.

    Each begins at its own epoch 0 when its turn comes, from the groups' base lrs.

    Args:
        optimizer, current_epoch: see :class:`LRScheduler`.
        schedulers: schedules of this optimizer, all of the same groups. Only this one is stepped.
        milestones: epochs at which the next one takes over, one fewer than schedules.

    Raises:
        TypeError: for what is no schedule, or milestones that are no whole numbers.
        ValueError: for schedules or milestones that don't fit.

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

    checks: ClassVar[dict[str, Check]] = {"milestones": nondecreasing_integers}
    milestones: tuple[int, ...]

    def __init__(
        self,
        optimizer: AnyOptimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Iterable[int],
        current_epoch: int = -1,
    ) -> None:
        several: Any = list(milestones) if isinstance(milestones, Iterable) else milestones
        self.schedulers = list(schedulers)
        for i, part in enumerate(self.schedulers):
            if not isinstance(part, LRScheduler):
                raise TypeError(f"SequentialLR: item {i} is a {type(part).__name__}, no schedule")
            if part.optimizer is not optimizer:
                raise ValueError(f"SequentialLR: schedule {i} is of another optimizer")
            if part.governed != self.schedulers[0].governed:
                raise ValueError(f"SequentialLR: schedule {i} governs other groups than the first")
        given = len(several) if isinstance(several, list) else len(self.schedulers) - 1
        if not self.schedulers or given != len(self.schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(self.schedulers)} schedules need one milestone fewer, "
                f"not {given}"
            )
        first = self.schedulers[0]
        groups = None if first._only is None else first.governed
        super().__init__(optimizer, current_epoch, groups, milestones=several)

    def follow(self, optimizer: AnyOptimizer) -> None:
        """Govern another optimizer from now on, also in each of its schedules."""
        for part in self.schedulers:
            part.follow(optimizer)
        super().follow(optimizer)  # last, so that it governs the groups, and not one of its parts

    def _parts(self) -> list[LRScheduler]:
        return [self, *(inner for part in self.schedulers for inner in part._parts())]

    def get_lr(self) -> list[float]:
        """Return the lr at the current epoch of each group that it governs."""
        turn = bisect_right(self.milestones, self.current_epoch)
        part = self.schedulers[turn]
        before = part.current_epoch
        try:
            part.current_epoch = self.current_epoch - (0, *self.milestones)[turn]
            return part.get_lr()
        finally:
            part.current_epoch = before

    def state_dict(self) -> dict[str, Any]:
        """Return its epoch and milestones, and the states of its schedules."""
        return super().state_dict() | {
            "schedulers": [part.state_dict() for part in self.schedulers]
        }

    def _take(self, state_dict: Any) -> None:
        if not isinstance(state_dict, Mapping):
            super()._take(state_dict)  # which refuses it
        own = dict(state_dict)
        states = own.pop("schedulers", None)
        if not isinstance(states, list | tuple) or len(states) != len(self.schedulers):
            raise ValueError(f"SequentialLR: the state must be of {len(self.schedulers)} schedules")
        given = plain(own.get("milestones"))  # an array, too, as a tuple
        if isinstance(given, list | tuple) and len(given) != len(self.milestones):
            raise ValueError(
                f"the state of SequentialLR: {len(self.schedulers)} schedules need "
                f"{len(self.milestones)} milestones, not {len(given)}"
            )
        super()._take(own)
        for i, (part, state) in enumerate(zip(self.schedulers, states, strict=True)):
            try:
                part._take(state)
            except ValueError as wrong:
                raise type(wrong)(f"SequentialLR, schedule {i}: {wrong}") from None
