"""The base of all schedules: which lr they write, and which they leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from ...atomic import Change, commit
from ...checks import Check, check_values, nonnegative, nonnegative_integer, plain
from ...errors import BadKeyError, BadTypeError
from ...types import Group
from ..base import Optimizer
from ..groups import learning_rate
from ..labels import find_group, group_title
from ..multiple import AnyOptimizer, MultipleOptimizer
from .groups import Groups, choose, claim, governor, is_held

__all__ = ["LRScheduler"]

EPOCH: dict[str, Check] = {"current_epoch": nonnegative_integer}


class LRScheduler:
    """Changes the groups' learning rates from epoch to epoch.

    A subclass says by which :meth:`factor` of its own base lr each group's lr is multiplied at an
    epoch, so that the groups keep their ratio. An epoch is whatever ``step()`` is called for: an
    epoch of training, or a single batch.

    **Base lr.** A group's ``initial_lr``: its lr when a schedule first meets it, at construction
    or, for a group that is added later, at the next step.

    **An lr set by hand wins.** If a group's lr is not what a schedule last wrote (its
    ``scheduled_lr``), then someone has set it, in a panel or as ``group['lr'] = 0.0``, and the
    schedule leaves that group alone, while the others go on: a group frozen at 0 stays frozen. It
    goes on with the group as soon as the lr is set back to what the schedule last wrote, as when a
    panel unfreezes it, or after :meth:`release`. A new schedule takes such an lr as its base. An
    lr set to the very number that the schedule wrote can't be told from it.

    **One schedule per group.** With ``groups`` a schedule governs these alone; give the others to
    another one. :class:`LambdaLR` takes one function per group, :class:`SequentialLR` one schedule
    after another. The schedule that was made last over a group governs it; an older one refuses to
    step, until the newer is deleted or the older told to :meth:`follow` the optimizer again.

    Args:
        optimizer: an optimizer, or several in a MultipleOptimizer.
        current_epoch: the epoch before the one that begins; -1 at the start of a run.
        groups: indices or labels of the groups that it governs; all, also later ones, if None.
        settings: a subclass's own, to be checked by its ``checks`` and saved with its state.

    Raises:
        KeyError: without ``initial_lr`` in a group if ``current_epoch`` is not -1; no such group.
        TypeError, ValueError: for what is no optimizer, or a setting that can't be.

    >>> from fineopt import Parameter
    >>> from fineopt.optimizer import SGD
    >>> class Halving(LRScheduler):
    ...     def factor(self, epoch):
    ...         return 0.5**epoch
    >>> optimizer = SGD([{"params": Parameter([0.0])}, {"params": Parameter([0.0])}], lr=0.8)
    >>> schedule = Halving(optimizer)
    >>> optimizer.param_groups[0]["lr"] = 0.0  # by hand
    >>> schedule.step()
    >>> [group["lr"] for group in optimizer.param_groups], schedule.held
    ([0.0, 0.4], [0])

    Source: MegEngine's LRScheduler, which has no ``groups`` and writes over an lr set by hand.
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
            check_values({"current_epoch": current_epoch}, EPOCH, {}, lambda: name, name)
        self.optimizer = optimizer
        self._only = choose(optimizer, groups)
        self._claimed: list[Group] = []
        for key, value in settings.items():
            setattr(self, key, plain(value))
        self.current_epoch = current_epoch
        before = [(group, dict(group), governor(group)) for _, group in self._governed()]
        try:
            self._begin()
        except BaseException:
            for group, values, owner in before:
                group.clear()
                group.update(values)
                if owner is not None:
                    claim(owner, [group])
            raise

    def _begin(self) -> None:
        for i, group in self._governed():
            if self.current_epoch == -1 and is_held(group, i):
                group["initial_lr"] = group["scheduled_lr"] = group["lr"]
            elif self.current_epoch != -1 and "initial_lr" not in group:
                raise BadKeyError(
                    f"{group_title(i, group)} has no 'initial_lr', which {type(self).__name__} "
                    f"needs to go on from epoch {self.current_epoch}: load the optimizer's state "
                    "first"
                )
        self.follow(self.optimizer)
        self.step()

    # ---- which groups ----

    def _governed(self) -> list[tuple[int, Group]]:
        """Return the groups that it governs now, with their index; their lrs are numbers."""
        groups = enumerate(self.optimizer.param_groups)
        only = None if self._only is None else {id(group) for group in self._only}
        governed = [(i, group) for i, group in groups if only is None or id(group) in only]
        for i, group in governed:
            learning_rate(i, group)
            for key in ("initial_lr", "scheduled_lr"):
                if key in group:
                    learning_rate(i, group, key)
        return governed

    @property
    def governed(self) -> list[int]:
        """Indices of the groups that it governs now."""
        return [i for i, _ in self._governed()]

    @property
    def base_lrs(self) -> list[float]:
        """The lr of each group that it governs at a factor of 1."""
        return [g["initial_lr" if "initial_lr" in g else "lr"] for _, g in self._governed()]

    @property
    def held(self) -> list[int]:
        """Indices of the groups that it leaves alone, since their lr has been set by hand."""
        return [i for i, group in self._governed() if is_held(group, i)]

    def release(self, group: int | str, base_lr: float | None = None) -> None:
        """Take over a group again whose lr has been set by hand.

        Args:
            group: its index or label.
            base_lr: its base lr from now on; if None, the one it had.

        Raises:
            IndexError, KeyError: if there is no such group, or it isn't governed by this schedule.
            TypeError, ValueError: for a ``base_lr`` that can't be.
        """
        index = find_group(self.optimizer.param_groups, group)
        if index not in self.governed:
            raise BadKeyError(f"param group {index} is not governed by this {type(self).__name__}")
        live = self.optimizer.param_groups[index]
        if base_lr is not None:
            check_values({"base_lr": base_lr}, {"base_lr": nonnegative}, {}, lambda: "release", "")
        before = dict(live)
        try:
            live["scheduled_lr"] = live["lr"]
            if base_lr is not None:
                live["initial_lr"] = plain(base_lr)
            self._write()
        except BaseException:
            live.clear()
            live.update(before)
            raise

    def follow(self, optimizer: AnyOptimizer) -> None:
        """Govern another optimizer from now on, one that goes on with the very same groups.

        Such a one comes of :func:`fineopt.optimizer.swap.swap`. What is added to it later is
        governed too, unless the schedule has ``groups`` of its own. Another schedule that governed
        these groups does not any more.
        """
        self.optimizer = optimizer
        claim(self, [group for _, group in self._governed()])

    def check(self) -> None:
        """Refuse to step where another schedule governs a group of this one.

        Raises:
            ValueError: naming the group and the other schedule, and how to compose the two.
            KeyError, TypeError, ValueError: for a group whose lr can't be.
        """
        for i, group in self._governed():
            other = governor(group)
            if other is not None and other is not self:
                raise ValueError(self._superseded(i, group, other))

    def _superseded(self, index: int, group: Group, other: LRScheduler) -> str:
        own, its = type(self).__name__, type(other).__name__
        title = f"{own} can't set the lr of {group_title(index, group)}"
        if any(part is self for part in other._parts()):
            return f"{title}: it is a part of a {its}, which alone is stepped"
        return (
            f"{title}: a {its} was made over it later. For one after the other take SequentialLR("
            "optimizer, [first, second], milestones=[...]); for both at once LambdaLR(optimizer, "
            "lambda epoch: first.factor(epoch) * second.factor(epoch)); or give each its own "
            f"groups=. If the {its} is not used any more, delete it, or call follow(optimizer) of "
            f"this {own}"
        )

    def _parts(self) -> list[LRScheduler]:
        """Return itself, and all schedules that it is made of."""
        return [self]

    # ---- which lr ----

    def factor(self, epoch: int) -> float:
        """Return what a group's base lr is multiplied by at an epoch; subclasses say."""
        raise NotImplementedError(f"{type(self).__name__} has no factor(self, epoch)")

    def get_lr(self) -> list[float]:
        """Return the lr at the current epoch of each group that it governs."""
        factor = self.factor(self.current_epoch)
        return [base_lr * factor for base_lr in self.base_lrs]

    def step(self, epoch: int | None = None) -> None:
        """Begin the next epoch, or the given one, and set the lr of each group for it.

        Raises:
            TypeError, ValueError: for an epoch, or an lr, that can't be, or where another schedule
                governs a group; then nothing is changed.
        """
        if epoch is not None:
            name = type(self).__name__
            check_values({"current_epoch": epoch}, EPOCH, {}, lambda: name, name)
        before = self.current_epoch
        now = before + 1 if epoch is None else int(epoch)
        try:
            self.current_epoch = now  # get_lr looks at it
            writes = self._writes()
            self.current_epoch = before
        except BaseException:
            self.current_epoch = before
            raise
        commit([*writes, partial(setattr, self, "current_epoch", now)])

    def _write(self) -> None:
        commit(self._writes())

    def _writes(self) -> list[Change]:
        self.check()
        governed = self._governed()
        claim(self, [group for _, group in governed])  # also those that nobody governed so far
        try:
            lrs = list(zip(governed, self.get_lr(), strict=True))
        except OverflowError as error:
            title = f"{type(self).__name__} at epoch {self.current_epoch}"
            raise ValueError(f"{title}: its lr is too large for a number ({error})") from None
        for (i, group), lr in lrs:
            try:
                nonnegative(lr)
            except (TypeError, ValueError) as wrong:
                title = f"{type(self).__name__} at epoch {self.current_epoch}"
                raise type(wrong)(f"{title}: the lr of {group_title(i, group)} {wrong}") from None
        changes: list[Change] = []
        for (i, group), lr in lrs:
            changes.append(partial(group.setdefault, "initial_lr", group["lr"]))
            if not is_held(group, i):
                new = plain(lr)
                changes.append(partial(group.update, lr=new, scheduled_lr=new))
        return changes

    # ---- saving ----

    def state_dict(self) -> dict[str, Any]:
        """Return its epoch and settings; what it wrote into the groups is in the optimizer's."""
        return {"current_epoch": self.current_epoch} | {k: getattr(self, k) for k in self.checks}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned; the optimizer's own state is loaded apart.

        Raises:
            ValueError: for a state that can't be, saying what of it (also a KeyError where a key
                is missing or unknown, a TypeError where a type is wrong), or where another
                schedule governs a group; then nothing is changed.
        """
        parts = [vars(part) for part in self._parts()]
        before = [dict(values) for values in parts]
        try:
            self._take(state_dict)
            self._write()
        except BaseException:
            for values, kept in zip(parts, before, strict=True):
                values.update(kept)
            raise

    def _take(self, state_dict: Any) -> None:
        """Take over a state, or refuse; no lr is written yet."""
        name = type(self).__name__
        if not isinstance(state_dict, Mapping):
            raise BadTypeError(
                f"{name} loads a dict as state_dict() returns it, not {state_dict!r}"
            )
        values = {key: plain(value) for key, value in state_dict.items()}
        try:
            check_values(values, EPOCH | self.checks, {}, lambda: f"the state of {name}", name)
        except TypeError as wrong:
            raise BadTypeError(str(wrong)) from None
        for key, value in values.items():
            setattr(self, key, value)
