"""Which optimizer moves each group of a trainer."""

from __future__ import annotations

from ..optimizer.groups import learning_rate
from ..optimizer.labels import find_group, group_labels
from ..optimizer.registry import OPTIMIZERS, lookup, registered_name
from ..training.trainer import Trainer

__all__ = ["OptimizerController"]


class OptimizerController:
    """Chooses by name what moves each group of a trainer, while it trains.

    A group keeps its name, parameters and learning rate; its new optimizer begins with no memory.
    ``trainer.reset()`` brings the first optimizers back.

    Args:
        trainer: whose ``optimizer`` is replaced by one that goes on as it did.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> optimizers = OptimizerController(trainer)
    >>> print(optimizers.choose(0, "Adam"))
    group 0 is moved by Adam now, whose memory begins at zero. Its learning rate is still 0.05; for Adam one would start at about 0.001.
    >>> optimizers.rule(0)
    'Adam'
    """  # noqa: E501 - a sentence

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    @property
    def choices(self) -> list[str]:
        """The names of the optimizers that can be chosen."""
        return list(OPTIMIZERS)

    def rule(self, group: int | str) -> str:
        """Return the name of what moves a group now."""
        return registered_name(self.trainer.optimizer, group)

    def about(self, group: int | str) -> str:
        """Say in a few words what the group's optimizer does."""
        info = OPTIMIZERS.get(self.rule(group))
        return "a custom optimizer" if info is None else info.description

    def note(self, group: int | str) -> str:
        """Say of a group that got another optimizer in this run what came of it; else nothing.

        It tells how things are, so that it is the same wherever the optimizer was chosen. That the
        lr does not suit goes once the lr is changed; a reset takes all of it away.

        >>> from fineopt import models, optimizer
        >>> net = models.LeNet()
        >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
        >>> optimizers = OptimizerController(trainer)
        >>> trainer.swap_optimizer(0, optimizer.Adam)
        >>> print(optimizers.note(0))
        Adam in place of SGD; its memory began at zero. Its learning rate is still 0.05; for Adam one would start at about 0.001.
        >>> trainer.optimizer.param_groups[0]["lr"] = 0.001
        >>> print(optimizers.note(0))
        Adam in place of SGD; its memory began at zero.
        """  # noqa: E501 - a sentence
        now = self.trainer.optimizer
        live = now.param_groups[find_group(now.param_groups, group)]
        first = self.trainer.initial_optimizer
        at = [i for i, one in enumerate(first.param_groups) if one is live]
        if not at or type(first.optimizer_of(at[0])) is type(now.optimizer_of(group)):
            return ""
        was = type(first.optimizer_of(at[0])).__name__
        said = f"{self.rule(group)} in place of {was}; its memory began at zero."
        return f"{said} {self._unusual(group)}".strip()

    def _unusual(self, group: int | str) -> str:
        """Say so if a group's lr is far from where one would start; nothing for a frozen one."""
        groups, rule = self.trainer.optimizer.param_groups, self.rule(group)
        at = find_group(groups, group)
        lr = learning_rate(at, groups[at])
        usual = OPTIMIZERS[rule].lr if rule in OPTIMIZERS else lr
        if lr == 0 or usual / 5 <= lr <= usual * 5:
            return ""
        return f"Its learning rate is still {lr:g}; for {rule} one would start at about {usual:g}."

    def choose(self, group: int | str, rule: str, *, lr: float | None = None) -> str:
        """Let another optimizer move a group, and return what happened in words.

        Choosing what there is already changes nothing, so that it forgets nothing.

        Args:
            group: its index or label.
            rule: one of ``choices``.
            lr: its learning rate from now on; the one it has, if None.

        Raises:
            IndexError, KeyError: for an unknown group or name.
            TypeError, ValueError: for an lr that can't be, or a group without parameters; then
                nothing is changed.
        """
        info = lookup(rule)
        rule = info.name
        if rule == self.rule(group) and lr is None:
            return ""
        groups = self.trainer.optimizer.param_groups
        index = find_group(groups, group)
        label = group_labels(groups)[index]
        self.trainer.swap_optimizer(group, info.optimizer, lr=lr, **info.settings)
        moved = f"{label} is moved by {rule} now, whose memory begins at zero."
        return moved if lr is not None else f"{moved} {self._unusual(index)}".strip()
