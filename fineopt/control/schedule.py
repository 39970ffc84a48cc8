"""Which schedule changes a trainer's learning rates, and which groups a hand holds."""

from __future__ import annotations

from ..checks import positive_integer
from ..errors import BadKeyError
from ..optimizer.labels import group_labels
from ..optimizer.schedules.groups import is_held
from ..optimizer.schedules.named import SCHEDULES, forget_schedule, make_schedule
from ..training.trainer import Trainer
from ..wording import listed
from .group import GroupController
from .groups import GroupControllers

__all__ = ["CONSTANT", "ScheduleController"]

CONSTANT = "constant"


class ScheduleController:
    """Chooses the schedule of a trainer by name; it starts from the learning rates of now.

    A learning rate that is set by hand wins: the schedule leaves that group alone until it is
    released, or set back. A group that is frozen while a schedule is chosen counts with the lr
    that it remembers.

    Args:
        trainer: whose ``schedule`` is set.
        groups: of its optimizer, if there are controllers already.

    >>> from fineopt import data, models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.1), iter([]))
    >>> schedule = ScheduleController(trainer)
    >>> schedule.choose("cosine", epochs=4)
    >>> trainer.schedule.step(2)
    >>> schedule.words()
    'cosine, epoch 2 of 4 is done'
    >>> trainer.optimizer.param_groups[0]["lr"] = 0.3
    >>> schedule.words()
    'cosine, epoch 2 of 4 is done; held by hand: group 0'
    """

    def __init__(self, trainer: Trainer, groups: GroupControllers | None = None) -> None:
        self.trainer = trainer
        self._groups = groups or GroupControllers(lambda: trainer.optimizer)

    @property
    def choices(self) -> list[str]:
        """All that can be chosen; a schedule made in code adds its own name while it is there."""
        known = [CONSTANT, *SCHEDULES]
        return known if self.name in known else [*known, self.name]

    @property
    def name(self) -> str:
        """What the schedule of now is called."""
        schedule = self.trainer.schedule
        if schedule is None:
            return CONSTANT
        return getattr(schedule, "chosen_as", None) or f"{type(schedule).__name__}, made in code"

    @property
    def epochs(self) -> int | None:
        """Over how many epochs it was chosen to spread; None if it was not chosen here."""
        return getattr(self.trainer.schedule, "chosen_epochs", None)

    def choose(self, name: str, epochs: int = 10) -> None:
        """Start a schedule; ``'constant'`` ends the one there is, and the lrs stay as they are.

        Args:
            name: one of ``choices``.
            epochs: over how many epochs it spreads.

        Raises:
            KeyError, TypeError, ValueError: for what can't be; then nothing is changed.
        """
        if name == CONSTANT:
            forget_schedule(self.trainer.optimizer)
            self.trainer.schedule = None
            return
        try:
            positive_integer(epochs)
        except (TypeError, ValueError) as wrong:
            raise type(wrong)(f"the schedule's number of epochs {wrong}") from None
        if name not in SCHEDULES and name in self.choices:
            raise BadKeyError(f"{name!r} was made in code, and can only be made there")
        frozen = [group for group in self._groups.now() if group.frozen]
        for group in frozen:
            group.frozen = False
        try:
            schedule = make_schedule(self.trainer.optimizer, name, epochs)
        finally:
            for group in frozen:  # held at 0 by hand, until it thaws
                group.frozen = True
        schedule.chosen_as, schedule.chosen_epochs = name, epochs  # type: ignore[attr-defined]
        self.trainer.schedule, self.trainer.schedule_every = schedule, "epoch"

    def release(self, group: GroupController) -> None:
        """Let the schedule set a group's lr again, at once."""
        schedule = self.trainer.schedule
        if schedule is not None and group.index in schedule.governed:
            schedule.release(group.index)
        else:
            group.release()

    def words(self) -> str:
        """Say how far the schedule is, and which groups it leaves alone."""
        schedule, groups = self.trainer.schedule, self.trainer.optimizer.param_groups
        if schedule is None:
            return "each group keeps its learning rate"
        of = f" of {self.epochs}" if self.epochs else ""
        done = min(schedule.current_epoch, self.epochs or schedule.current_epoch)
        labels = enumerate(zip(group_labels(groups), groups, strict=True))
        held = [label for i, (label, group) in labels if is_held(group, i)]
        by_hand = f"; held by hand: {listed(held)}" if held else ""
        every = self.trainer.schedule_every
        return f"{self.name}, {every} {done}{of} is done{by_hand}"
