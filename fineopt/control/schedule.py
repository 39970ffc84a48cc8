"""Chooses the schedule of a trainer's learning rates, and releases overridden groups to it."""

from __future__ import annotations

from ..checks import positive_integer
from ..errors import BadKeyError
from ..language import list_names, say, translatable, translated
from ..optimizer.labels import group_labels
from ..optimizer.schedules.groups import is_overridden
from ..optimizer.schedules.named import SCHEDULES, forget_schedule, make_schedule
from ..training.trainer import Trainer
from .param_groups.group import GroupController
from .param_groups.groups import GroupControllers
from .refusals import refusal

__all__ = ["CONSTANT", "ScheduleController"]

CONSTANT = translatable("constant")


class ScheduleController:
    """Chooses the schedule of a trainer by name; it starts from the current learning rates.

    A learning rate set by hand overrides the schedule, which skips that group until it is released
    or set back. A group that is frozen when a schedule is chosen is scheduled from the learning
    rate that it remembers.

    Args:
        trainer: its ``schedule`` is set.
        groups: controllers of its optimizer's groups, if they exist already.

    >>> from fineopt import data, models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.1), iter([]))
    >>> schedule = ScheduleController(trainer)
    >>> schedule.choose("cosine", epochs=4)
    >>> trainer.schedule.step(2)
    >>> schedule.summary_text()
    'cosine, epoch 2 of 4 done'
    >>> trainer.optimizer.param_groups[0]["lr"] = 0.3
    >>> schedule.summary_text()
    'cosine, epoch 2 of 4 done; set by hand: group 0'
    """

    def __init__(self, trainer: Trainer, groups: GroupControllers | None = None) -> None:
        self.trainer = trainer
        self._groups = groups or GroupControllers(lambda: trainer.optimizer)

    @property
    def choices(self) -> list[str]:
        """The names of all schedules to choose from; one made in code is listed while in use."""
        known = [CONSTANT, *SCHEDULES]
        return known if self.name in known else [*known, self.name]

    @property
    def name(self) -> str:
        """The name of the current schedule."""
        schedule = self.trainer.schedule
        if schedule is None:
            return CONSTANT
        return getattr(schedule, "chosen_as", None) or say(
            "{name}, made in code", name=type(schedule).__name__
        )

    @property
    def epochs(self) -> int | None:
        """The number of epochs it was chosen for; None if it was not chosen here."""
        return getattr(self.trainer.schedule, "chosen_epochs", None)

    def choose(self, name: str, epochs: int = 10) -> None:
        """Start a schedule; ``'constant'`` ends the current one and keeps the learning rates.

        Args:
            name: one of ``choices``.
            epochs: the number of epochs that it spans.

        Raises:
            KeyError, TypeError, ValueError: if an argument is invalid; then nothing is changed.
        """
        if name == CONSTANT:
            forget_schedule(self.trainer.optimizer)
            self.trainer.schedule = None
            return
        try:
            positive_integer(epochs)
        except (TypeError, ValueError) as wrong:
            subject = say("the schedule's number of epochs")
            raise type(wrong)(refusal(subject, wrong)) from None
        if name not in SCHEDULES and name in self.choices:
            raise BadKeyError(
                say("{name} was made in code and cannot be chosen by name", name=repr(name))
            )
        frozen = [group for group in self._groups.now() if group.frozen]
        for group in frozen:
            group.frozen = False
        try:
            schedule = make_schedule(self.trainer.optimizer, name, epochs)
        finally:
            for group in frozen:  # overridden with 0 until it is unfrozen
                group.frozen = True
        schedule.chosen_as, schedule.chosen_epochs = name, epochs  # type: ignore[attr-defined]
        self.trainer.schedule, self.trainer.schedule_every = schedule, "epoch"

    def release(self, group: GroupController) -> None:
        """Let the schedule set a group's learning rate again, immediately."""
        schedule = self.trainer.schedule
        if schedule is not None and group.index in schedule.governed:
            schedule.release(group.index)
        else:
            group.release()

    def summary_text(self) -> str:
        """Describe the schedule's progress, and which groups override it."""
        schedule, groups = self.trainer.schedule, self.trainer.optimizer.param_groups
        if schedule is None:
            return say("each group keeps its learning rate")
        done = min(schedule.current_epoch, self.epochs or schedule.current_epoch)
        labels = enumerate(zip(group_labels(groups), groups, strict=True))
        overridden = [label for i, (label, group) in labels if is_overridden(group, i)]
        every_epoch = self.trainer.schedule_every == "epoch"
        text = say(
            (
                "{name}, epoch {done} of {total} done"
                if every_epoch
                else "{name}, step {done} of {total} done"
            )
            if self.epochs
            else "{name}, epoch {done} done"
            if every_epoch
            else "{name}, step {done} done",
            name=translated(self.name),
            done=done,
            total=self.epochs,
        )
        if not overridden:
            return text
        return say("{schedule}; set by hand: {names}", schedule=text, names=list_names(overridden))
