"""Chooses the optimizer of each group of a trainer."""

from __future__ import annotations

from ..language import say
from ..optimizer.groups import learning_rate
from ..optimizer.labels import find_group, group_labels
from ..optimizer.registry import OPTIMIZERS, lookup, registered_name
from ..training.trainer import Trainer

__all__ = ["OptimizerController"]


class OptimizerController:
    """Chooses by name the optimizer that updates each group, while the trainer trains.

    A group keeps its name, parameters and learning rate; the state of its new optimizer starts at
    zero. ``trainer.reset()`` restores the initial optimizers.

    Args:
        trainer: its ``optimizer`` is replaced; the other groups keep theirs.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> optimizers = OptimizerController(trainer)
    >>> print(optimizers.choose(0, "Adam"))
    group 0 now uses Adam, whose state starts at zero. Its learning rate is still 0.05; about 0.001 is usual for Adam.
    >>> optimizers.rule(0)
    'Adam'
    """  # noqa: E501 - a printed line

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    @property
    def choices(self) -> list[str]:
        """The names of the optimizers to choose from."""
        return list(OPTIMIZERS)

    def rule(self, group: int | str) -> str:
        """Return the name of a group's current optimizer."""
        return registered_name(self.trainer.optimizer, group)

    def about(self, group: int | str) -> str:
        """Describe a group's optimizer in a few words."""
        info = OPTIMIZERS.get(self.rule(group))
        return say("a custom optimizer") if info is None else say(info.description)

    def note(self, group: int | str) -> str:
        """Describe the effect of replacing a group's optimizer; empty if it is the initial one.

        The text depends only on the current state, so it is the same wherever the optimizer was
        chosen. The remark on an unusual learning rate disappears once that is changed.

        >>> from fineopt import models, optimizer
        >>> net = models.LeNet()
        >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
        >>> optimizers = OptimizerController(trainer)
        >>> trainer.swap_optimizer(0, optimizer.Adam)
        >>> print(optimizers.note(0))
        Adam replaced SGD; its state started at zero. Its learning rate is still 0.05; about 0.001 is usual for Adam.
        >>> trainer.optimizer.param_groups[0]["lr"] = 0.001
        >>> print(optimizers.note(0))
        Adam replaced SGD; its state started at zero.
        """  # noqa: E501 - a printed line
        now = self.trainer.optimizer
        live = now.param_groups[find_group(now.param_groups, group)]
        first = self.trainer.initial_optimizer
        at = [i for i, one in enumerate(first.param_groups) if one is live]
        if not at or type(first.optimizer_of(at[0])) is type(now.optimizer_of(group)):
            return ""
        was = type(first.optimizer_of(at[0])).__name__
        rule = self.rule(group)
        text = say("{rule} replaced {was}; its state started at zero.", rule=rule, was=was)
        return self._with_lr(text, group)

    def usual_lr(self, group: int | str) -> float | None:
        """Return the usual lr of a new optimizer, if the present one is far from it.

        None for a frozen group, for the initial optimizer, and for one that is not a choice.
        """
        return self._usual(group) if self.note(group) else None

    def _usual(self, group: int | str) -> float | None:
        groups, rule = self.trainer.optimizer.param_groups, self.rule(group)
        at = find_group(groups, group)
        lr = learning_rate(at, groups[at])
        usual = OPTIMIZERS[rule].lr if rule in OPTIMIZERS else lr
        return None if lr == 0 or usual / 5 <= lr <= usual * 5 else usual

    def _with_lr(self, text: str, group: int | str) -> str:
        """Append a remark on an lr far from the usual one; none for a frozen group."""
        if (usual := self._usual(group)) is None:
            return text
        groups, rule = self.trainer.optimizer.param_groups, self.rule(group)
        remark = say(
            "Its learning rate is still {lr:g}; about {usual:g} is usual for {rule}.",
            lr=groups[find_group(groups, group)]["lr"],
            usual=usual,
            rule=rule,
        )
        return text + say(" ") + remark

    def choose(self, group: int | str, rule: str, *, lr: float | None = None) -> str:
        """Update a group with another optimizer, and return a description of the change.

        Choosing the current optimizer changes nothing and keeps its state.

        Args:
            group: the group's index or label.
            rule: one of ``choices``.
            lr: its new learning rate; unchanged if None.

        Raises:
            IndexError, KeyError: if the group or the name is unknown.
            TypeError, ValueError: if lr is invalid or the group has no parameters; then nothing is
                changed.
        """
        info = lookup(rule)
        rule = info.name
        if rule == self.rule(group) and lr is None:
            return ""
        groups = self.trainer.optimizer.param_groups
        index = find_group(groups, group)
        label = group_labels(groups)[index]
        self.trainer.swap_optimizer(group, info.optimizer, lr=lr, **info.settings)
        text = say("{group} now uses {rule}, whose state starts at zero.", group=label, rule=rule)
        return text if lr is not None else self._with_lr(text, index)
