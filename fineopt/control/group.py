"""One param group under a hand: its learning rate, and every other hyperparameter."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..checks import boolean, nonnegative, plain
from ..errors import BadKeyError, nearest
from ..optimizer import MultipleOptimizer, Optimizer
from ..optimizer.groups import learning_rate
from ..optimizer.labels import group_label, group_title
from ..optimizer.schedules.groups import is_overridden
from ..wording import digits

__all__ = ["GroupController"]

REMEMBERED = 0.01  # the lr that a group gets when it thaws and never had one
# Not for the fold of other hyperparameters: what has a place of its own, and how PyTorch computes.
ELSEWHERE = {"params", "param_names", "name", "lr", "initial_lr", "scheduled_lr"}
ELSEWHERE |= {"foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}


class GroupController:
    """Sets, freezes and thaws one param group, and knows what it is called.

    It holds the live group itself, so that code and panel see each other's changes. Any optimizer
    will do whose ``param_groups`` is a list of dicts with ``params`` and ``lr``, PyTorch's too.

    Args:
        optimizer: with live ``param_groups``.
        index: which group.

    >>> from fineopt import Parameter, optimizer
    >>> sgd = optimizer.SGD([Parameter([1.0, 2.0])], lr=0.05)
    >>> group = GroupController(sgd, 0)
    >>> group.frozen = True
    >>> sgd.param_groups[0]["lr"], group.remembered
    (0.0, 0.05)
    >>> group.frozen = False
    >>> group.lr
    0.05
    >>> group.settings
    {'momentum': 0.0, 'nesterov': False, 'weight_decay': 0.0}
    >>> group.set("momentum", 0.9)
    >>> sgd.param_groups[0]["momentum"]
    0.9
    """

    def __init__(self, optimizer: Any, index: int) -> None:
        self.optimizer = optimizer
        self.group: dict[str, Any] = optimizer.param_groups[index]  # the live dict
        self._index = index
        self.starts = 0  # how often it was started again
        self.start_again()

    def start_again(self) -> None:
        """Remember the learning rate as it is now, and none from before."""
        self._remembered = self.lr or REMEMBERED
        self.starts += 1

    # ---- what it is ----

    @property
    def index(self) -> int:
        """The group's place among ``param_groups`` now; groups may be added before it."""
        groups = list(self.optimizer.param_groups)
        if self._index >= len(groups) or groups[self._index] is not self.group:
            at = (i for i, group in enumerate(groups) if group is self.group)
            self._index = next(at, self._index)
        return self._index

    def moved(self, optimizer: Any, index: int) -> None:
        """Hear where the group is now, which would take long to find among many."""
        self.optimizer, self._index = optimizer, index

    @property
    def label(self) -> str:
        """What the group is called."""
        return group_label(self.optimizer.param_groups, self.index)

    @property
    def owner(self) -> Any:
        """The optimizer that moves the group, one of several perhaps."""
        of = getattr(self.optimizer, "optimizer_of", None)
        return self.optimizer if of is None else of(self.index)

    @property
    def rule(self) -> str:
        """The name of the optimizer that moves the group."""
        return type(self.owner).__name__

    @property
    def counts(self) -> tuple[int, int]:
        """How many parameters the group has, and how many numbers they hold."""
        params = self.group["params"]
        return len(params), sum(p.numel() if callable(p.size) else p.size for p in params)

    # ---- its learning rate ----

    @property
    def lr(self) -> float:
        """The learning rate that the next step uses.

        Raises:
            TypeError, ValueError: when set to no number, or a negative or infinite one.
            KeyError, TypeError, ValueError: when code has deleted it, or set it to such.
        """
        if isinstance(self.optimizer, Optimizer | MultipleOptimizer) or "lr" not in self.group:
            return learning_rate(self.index, self.group)
        lr = self.group["lr"]  # PyTorch's may be a tensor
        number = lr.item() if callable(getattr(lr, "item", None)) else lr
        return learning_rate(self.index, {**self.group, "lr": number})

    @lr.setter
    def lr(self, value: float) -> None:
        self._check("lr", nonnegative, value)
        self._remember()
        self.group["lr"] = float(value)

    def _remember(self) -> None:
        with contextlib.suppress(KeyError, TypeError, ValueError):  # set by code to what can't be
            self._remembered = self.lr or self._remembered

    @property
    def remembered(self) -> float:
        """The newest learning rate above 0: what the group gets back when it thaws."""
        self._remember()
        return self._remembered

    @property
    def frozen(self) -> bool:
        """Whether the learning rate is 0; set it to freeze the group or to give its lr back."""
        return self.lr == 0

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        if frozen != self.frozen:
            self.lr = 0.0 if frozen else self.remembered

    @property
    def held(self) -> bool:
        """Whether the lr was set by hand, so that a schedule leaves the group alone."""
        return is_overridden(self.group, self.index)

    @property
    def scheduled(self) -> bool:
        """Whether a schedule has written the lr, so that a hand can hold it."""
        return "scheduled_lr" in self.group

    def release(self) -> None:
        """Give the group back to its schedule, with the lr that this wrote last."""
        if self.held:
            self.lr = self.group["scheduled_lr"]

    def words(self) -> str:
        """Say the learning rate in words."""
        was = self.remembered
        return f"frozen (was {digits(was)})" if self.frozen else f"learning rate {digits(self.lr)}"

    # ---- everything else ----

    @property
    def settings(self) -> dict[str, Any]:
        """The other hyperparameters that are a number, several numbers, or True or False."""
        return {
            key: value
            for key, value in self.group.items()
            if key not in ELSEWHERE and isinstance(value, bool | int | float | tuple | list)
        }

    def set(self, name: str, value: Any) -> None:
        """Change a hyperparameter from the next step on.

        Raises:
            KeyError: for one that the group does not have.
            TypeError, ValueError: for a value that the optimizer refuses; nothing is changed then.
        """
        if name == "lr":
            self.lr = value
            return
        if name not in self.settings:
            title = group_title(self.index, self.group)
            raise BadKeyError(f"{title} has no {name!r}, {nearest(name, self.settings)}")
        self._check(name, self._check_of(name), value)
        self.group[name] = plain(value)

    def _check(self, name: str, check: Callable[[Any], None], value: Any) -> None:
        try:
            check(value)
        except (TypeError, ValueError) as wrong:
            title = group_title(self.index, self.group)
            raise type(wrong)(f"{title}: {name} {wrong}") from None

    def check(self, name: str, value: Any) -> None:
        """Raise what setting a hyperparameter would raise, in few words, for beside its field.

        Raises:
            TypeError, ValueError: for a value that can't be.
        """
        check = nonnegative if name == "lr" else self._check_of(name)
        try:
            check(value)
        except (TypeError, ValueError) as wrong:
            raise type(wrong)(f"{name} of {self.label} {wrong}") from None

    def _check_of(self, name: str) -> Callable[[Any], None]:
        return getattr(self.owner, "checks", {}).get(name) or _like(self.group[name])

    def look(self) -> tuple[Any, ...]:
        """Return all that a row shows, as plain values to be compared."""
        return (self.rule, *self.values())

    def values(self) -> tuple[Any, ...]:
        """Return what the group's dict holds, as plain values to be compared."""
        _ = self.lr  # refused in words here, rather than where one is compared with the last
        values = [(key, value) for key, value in self.group.items() if key != "params"]
        return (id(self.group), len(self.group["params"]), *values)


def _like(old: Any) -> Callable[[Any], None]:
    """What a hyperparameter of an optimizer without checks may be: the same kind as before."""
    if isinstance(old, bool):
        return boolean
    return _several if isinstance(old, tuple | list) else nonnegative


def _several(value: Any) -> None:
    for part in value:
        nonnegative(part)
