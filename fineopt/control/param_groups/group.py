"""Controls one param group: its learning rate and its other hyperparameters."""

from __future__ import annotations

import contextlib
from typing import Any

from ...checks import nonnegative, plain
from ...errors import BadKeyError, suggestion
from ...language import say
from ...optimizer import MultipleOptimizer, Optimizer
from ...optimizer.groups import learning_rate
from ...optimizer.labels import group_label, group_title
from ...optimizer.schedules.groups import is_overridden
from ...wording import short_number
from ..refusals import refusal
from .settings import check_like, settings_of

__all__ = ["GroupController"]

DEFAULT_LR = 0.01  # what a group gets when it is unfrozen and never had an lr above 0


class GroupController:
    """Sets, freezes and unfreezes one param group, and describes it.

    It holds the live group itself, so code and panel see each other's changes. It works with any
    optimizer whose ``param_groups`` is a list of dicts with ``params`` and ``lr``, PyTorch's
    included.

    Args:
        optimizer: an optimizer with live ``param_groups``.
        index: the group's index.

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
        self.starts = 0  # how often the run was started
        self.restart()

    def restart(self, before: float | None = None) -> None:
        """Remember the current learning rate, and none from before.

        Args:
            before: what is remembered of a group that is frozen now.
        """
        self._remembered = self.lr or before or DEFAULT_LR
        self.starts += 1

    # ---- identity ----

    @property
    def index(self) -> int:
        """The group's current index in ``param_groups``; groups may be added before it."""
        groups = list(self.optimizer.param_groups)
        if self._index >= len(groups) or groups[self._index] is not self.group:
            at = (i for i, group in enumerate(groups) if group is self.group)
            self._index = next(at, self._index)
        return self._index

    def relocate(self, optimizer: Any, index: int) -> None:
        """Set where the group is now, to save a search among many groups."""
        self.optimizer, self._index = optimizer, index

    @property
    def label(self) -> str:
        """The group's label."""
        return group_label(self.optimizer.param_groups, self.index)

    @property
    def owner(self) -> Any:
        """The optimizer that updates the group, perhaps one of a MultipleOptimizer."""
        of = getattr(self.optimizer, "optimizer_of", None)
        return self.optimizer if of is None else of(self.index)

    @property
    def rule(self) -> str:
        """The name of the optimizer that updates the group."""
        return type(self.owner).__name__

    @property
    def counts(self) -> tuple[int, int]:
        """The number of parameters in the group, and of values in them."""
        params = self.group["params"]
        return len(params), sum(p.numel() if callable(p.size) else p.size for p in params)

    # ---- learning rate ----

    @property
    def lr(self) -> float:
        """The learning rate of the next step.

        Raises:
            TypeError, ValueError: if set to a value that is not a number, negative or infinite.
            KeyError, TypeError, ValueError: if code has deleted it or set it to such a value.
        """
        if isinstance(self.optimizer, Optimizer | MultipleOptimizer) or "lr" not in self.group:
            return learning_rate(self.index, self.group)
        lr = self.group["lr"]  # PyTorch's may be a tensor
        number = lr.item() if callable(getattr(lr, "item", None)) else lr
        return learning_rate(self.index, {**self.group, "lr": number})

    @lr.setter
    def lr(self, value: float) -> None:
        self._validate("lr", value, f"{self._title}: lr")
        self._remember()
        self.group["lr"] = float(value)

    def _remember(self) -> None:
        with contextlib.suppress(KeyError, TypeError, ValueError):  # code set an invalid lr
            self._remembered = self.lr or self._remembered

    @property
    def remembered(self) -> float:
        """The latest learning rate above 0, which the group gets back when it is unfrozen."""
        self._remember()
        return self._remembered

    @property
    def frozen(self) -> bool:
        """Whether the learning rate is 0; set it to freeze the group or to restore its lr."""
        return self.lr == 0

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        if frozen != self.frozen:
            self.lr = 0.0 if frozen else self.remembered

    @property
    def overridden(self) -> bool:
        """Whether the lr was set by hand, so that the schedule skips the group."""
        return is_overridden(self.group, self.index)

    held = overridden  # its former name

    @property
    def scheduled(self) -> bool:
        """Whether a schedule has set the lr, so that it can be overridden."""
        return "scheduled_lr" in self.group

    def release(self) -> None:
        """Return the group to its schedule, with the lr that the schedule set last."""
        if self.overridden:
            self.lr = self.group["scheduled_lr"]

    def summary_text(self) -> str:
        """Describe the learning rate."""
        was = self.remembered
        return (
            say("frozen (was {lr})", lr=short_number(was))
            if self.frozen
            else say("learning rate {lr}", lr=short_number(self.lr))
        )

    # ---- other hyperparameters ----

    @property
    def settings(self) -> dict[str, Any]:
        """The other hyperparameters whose value is a number, a sequence of numbers or a bool."""
        return settings_of(self.group)

    def set(self, name: str, value: Any) -> None:
        """Set a hyperparameter from the next step on.

        Raises:
            KeyError: if the group has no such hyperparameter.
            TypeError, ValueError: if the optimizer rejects the value; then nothing is changed.
        """
        if name == "lr":
            self.lr = value
            return
        if name not in self.settings:
            raise BadKeyError(f"{self._title} has no {name!r}, {suggestion(name, self.settings)}")
        self._validate(name, value, f"{self._title}: {name}")
        self.group[name] = plain(value)

    def check(self, name: str, value: Any) -> None:
        """Validate a hyperparameter without setting it, with a message short enough for a field.

        Raises:
            TypeError, ValueError: if the value is invalid.
        """
        try:
            self._check(name, value)
        except (TypeError, ValueError) as wrong:
            subject = say("{setting} of {name}", setting=name, name=self.label)
            raise type(wrong)(refusal(subject, wrong)) from None

    def _validate(self, name: str, value: Any, subject: str) -> None:
        try:
            self._check(name, value)
        except (TypeError, ValueError) as wrong:
            raise type(wrong)(f"{subject} {wrong}") from None

    def _check(self, name: str, value: Any) -> None:
        check = nonnegative if name == "lr" else getattr(self.owner, "checks", {}).get(name)
        (check or check_like(self.group[name]))(value)

    @property
    def _title(self) -> str:
        return group_title(self.index, self.group)

    def state_key(self) -> tuple[Any, ...]:
        """Return the group's values, as plain values to compare."""
        _ = self.lr  # raises a clear error here rather than where two keys are compared
        values = [(key, value) for key, value in self.group.items() if key != "params"]
        return (id(self.group), len(self.group["params"]), *values)
