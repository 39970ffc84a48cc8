"""The base class of schedules: which learning rates they write, and which they leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from ...atomic import Change, commit
from ...checks import Check, check_values, nonnegative, nonnegative_integer, plain, validate
from ...errors import BadKeyError, BadTypeError
from ..base import Optimizer
from ..labels import find_group, group_title
from ..multiple import AnyOptimizer, MultipleOptimizer
from .contexts import at_epoch, restored_on_error
from .groups import Governor, Groups, governor, is_overridden

__all__ = ["LRScheduler"]

EPOCH: dict[str, Check] = {"current_epoch": nonnegative_integer}


class LRScheduler(Governor):
    """Base class of schedules: sets the groups' learning rates at each epoch.

    A subclass implements :meth:`factor`, by which each group's own base lr is multiplied at an
    epoch, so that the groups keep their ratios. An epoch is one call of ``step()``: an epoch of
    training, or a single batch. Settings are declared with
    :func:`~fineopt.optimizer.schedules.settings.setting`.

    **Base lr.** A group's ``initial_lr``: its lr when it first meets a schedule, in the constructor
    or, for a group that is added later, at the next step.

    **An lr set by hand takes precedence.** If a group's lr differs from what a schedule wrote last
    (its ``scheduled_lr``), it was set by hand, in a panel or as ``group['lr'] = 0.0``. The schedule
    then leaves this group alone and continues with the others: a group frozen at 0 stays frozen. It
    takes the group over again once the lr is set back to the scheduled one, as when a panel
    unfreezes it, or after :meth:`release`. A new schedule uses such an lr as the base. An lr set by
    hand to exactly the scheduled number cannot be detected.

    **One schedule per group.** With ``groups``, a schedule governs only these, and another may
    govern the others. :class:`LambdaLR` takes one function per group, :class:`SequentialLR` runs
    schedules one after another. A group is governed by the schedule created last; an older one
    raises an error at its step, until the newer one is deleted or :meth:`follow` is called.

    Args:
        optimizer: an optimizer or MultipleOptimizer.
        current_epoch: the epoch before the first one; -1 at the start of a run.
        groups: indices or labels of the groups to govern; None for all, also those added later.
        settings: of a subclass, validated by its ``checks`` and saved with its state.

    Raises:
        KeyError: if there is no such group, or ``current_epoch`` is not -1 and a group has no
            ``initial_lr``.
        TypeError, ValueError: if ``optimizer`` is not an optimizer, or a setting is invalid.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> class Halving(LRScheduler):
    ...     def factor(self, epoch):
    ...         return 0.5**epoch
    >>> optimizer = SGD([{"params": Parameter([0.0])}, {"params": Parameter([0.0])}], lr=0.8)
    >>> schedule = Halving(optimizer)
    >>> optimizer.param_groups[0]["lr"] = 0.0  # by hand
    >>> schedule.step()
    >>> [group["lr"] for group in optimizer.param_groups], schedule.overridden
    ([0.0, 0.4], [0])

    Source: MegEngine's LRScheduler, which has no ``groups`` and overwrites an lr set by hand.
    """

    checks: ClassVar[dict[str, Check]] = {}

    def __init__(
        self,
        optimizer: AnyOptimizer,
        current_epoch: int = -1,
        groups: Groups = None,
        **settings: Any,
    ) -> None:
        name = type(self).__name__
        if not isinstance(optimizer, Optimizer | MultipleOptimizer):
            raise TypeError(f"{name} needs an optimizer, not a {type(optimizer).__name__}")
        check_values(settings, self.checks, {}, lambda: name, name)
        if current_epoch != -1:
            validate(current_epoch, nonnegative_integer, f"{name}: current_epoch")
        self._govern(optimizer, groups)
        for key, value in settings.items():
            setattr(self, key, plain(value))
        self.current_epoch = current_epoch
        groups_now = [group for _, group in self._governed()]
        before = [(group, governor(group)) for group in groups_now]
        try:
            with restored_on_error(*groups_now):
                self._begin()
        except BaseException:
            for group, owner in before:
                if owner is not None:
                    owner.claim([group])
            raise

    def _begin(self) -> None:
        for i, group in self._governed():
            if self.current_epoch == -1 and is_overridden(group, i):
                group["initial_lr"] = group["scheduled_lr"] = group["lr"]
            elif self.current_epoch != -1 and "initial_lr" not in group:
                raise BadKeyError(
                    f"{group_title(i, group)} has no 'initial_lr', which {type(self).__name__} "
                    f"needs to resume from epoch {self.current_epoch}: load the optimizer's state "
                    "first"
                )
        self.follow(self.optimizer)
        self.step()

    # ---- learning rates ----

    def factor(self, epoch: int) -> float:
        """Return the factor of the base lr at an epoch; subclasses implement it."""
        raise NotImplementedError(f"{type(self).__name__} does not implement factor(self, epoch)")

    def get_lr(self) -> list[float]:
        """Return the lr at the current epoch of each group that it governs."""
        factor = self.factor(self.current_epoch)
        return [base_lr * factor for base_lr in self.base_lrs]

    def step(self, epoch: int | None = None) -> None:
        """Begin the next epoch, or a given one, and set the lr of each group.

        Raises:
            TypeError, ValueError: if the epoch or an lr is invalid, or another schedule governs a
                group; nothing is changed.
        """
        if epoch is not None:
            validate(epoch, nonnegative_integer, f"{type(self).__name__}: current_epoch")
        now = self.current_epoch + 1 if epoch is None else int(epoch)
        with at_epoch(self, now):  # which get_lr reads
            writes = self._writes()
        commit([*writes, partial(setattr, self, "current_epoch", now)])

    def release(self, group: int | str, base_lr: float | None = None) -> None:
        """Take over a group whose lr was set by hand.

        Args:
            group: its index or label.
            base_lr: its new base lr; unchanged if None.

        Raises:
            IndexError, KeyError: if there is no such group, or this schedule does not govern it.
            TypeError, ValueError: if ``base_lr`` is invalid.
        """
        index = find_group(self.optimizer.param_groups, group)
        if index not in self.governed:
            raise BadKeyError(f"param group {index} is not governed by this {type(self).__name__}")
        live = self.optimizer.param_groups[index]
        if base_lr is not None:
            validate(base_lr, nonnegative, "base_lr")
        with restored_on_error(live):
            live["scheduled_lr"] = live["lr"]
            if base_lr is not None:
                live["initial_lr"] = plain(base_lr)
            commit(self._writes())

    def _writes(self) -> list[Change]:
        """Return the changes that set the lr of each group for the current epoch."""
        self.check()
        governed = self._governed()
        self.claim([group for _, group in governed])  # also groups without a governor so far
        title = f"{type(self).__name__} at epoch {self.current_epoch}"
        try:
            lrs = list(zip(governed, self.get_lr(), strict=True))
        except OverflowError as error:
            raise ValueError(f"{title}: its lr is too large for a float ({error})") from None
        changes: list[Change] = []
        for (i, group), lr in lrs:
            what = partial(group_title, i, group)
            validate(lr, nonnegative, lambda: f"{title}: the lr of {what()}")  # noqa: B023
            changes.append(partial(group.setdefault, "initial_lr", group["lr"]))
            if not is_overridden(group, i):
                new = plain(lr)
                changes.append(partial(group.update, lr=new, scheduled_lr=new))
        return changes

    # ---- state ----

    def state_dict(self) -> dict[str, Any]:
        """Return the epoch and the settings; the groups are in the optimizer's state."""
        return {"current_epoch": self.current_epoch} | {k: getattr(self, k) for k in self.checks}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned; load the optimizer's own state separately.

        Raises:
            ValueError: if the state is invalid (also a KeyError for a missing or unknown key, a
                TypeError for a wrong type), or another schedule governs a group; nothing is
                changed.
        """
        with restored_on_error(*(vars(part) for part in self.parts())):
            self._take(state_dict)
            commit(self._writes())

    def _take(self, state_dict: Any) -> None:
        """Set epoch and settings from a state, or raise; no lr is written."""
        name = type(self).__name__
        if not isinstance(state_dict, Mapping):
            raise BadTypeError(
                f"{name} loads a dict as state_dict() returns it, not {state_dict!r}"
            )
        values = {key: plain(value) for key, value in state_dict.items()}
        try:
            check_values(values, EPOCH | self.checks, {}, lambda: f"the state of {name}", name)
        except TypeError as error:
            raise BadTypeError(str(error)) from None
        for key, value in values.items():
            setattr(self, key, value)
