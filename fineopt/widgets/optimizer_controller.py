"""Which optimizer moves each group of a trainer."""

from __future__ import annotations

from ..errors import BadKeyError, nearest
from ..optimizer.groups import learning_rate
from ..optimizer.labels import find_group, group_labels
from ..optimizer.swap import RULES, rule_of
from ..training import Trainer

__all__ = ["OptimizerController"]

# The lr that one would try first, and what the rule does with a gradient, in a few words.
USUAL: dict[str, tuple[float, str]] = {
    "SGD": (0.05, "goes straight against the gradient"),
    "SGD with momentum": (0.01, "keeps rolling where it has been going"),
    "Adam": (0.001, "steps of about the lr, whatever the gradient's size"),
    "AdamW": (0.001, "Adam, with weight decay kept apart from its averages"),
    "Adagrad": (0.01, "smaller steps where gradients have been large; they only shrink"),
    "Adadelta": (1.0, "finds the size of its steps itself; the lr only scales them"),
    "RMSprop": (0.001, "divides by the root of the gradient's recent squares"),
    "Lion": (0.0001, "every number moves by the lr, up or down"),
}


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
        return list(RULES)

    def rule(self, group: int | str) -> str:
        """Return the name of what moves a group now."""
        return rule_of(self.trainer.optimizer, group)

    def about(self, group: int | str) -> str:
        """Say in a few words what the group's optimizer does."""
        return USUAL.get(self.rule(group), (0.0, "an optimizer of your own"))[1]

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
        if rule not in RULES:
            raise BadKeyError(f"no optimizer is called {rule!r}, {nearest(rule, RULES)}")
        if rule == self.rule(group) and lr is None:
            return ""
        groups = self.trainer.optimizer.param_groups
        index = find_group(groups, group)
        live, label = groups[index], group_labels(groups)[index]
        of_class, settings = RULES[rule]
        self.trainer.swap_optimizer(group, of_class, lr=lr, **settings)
        now, usual = learning_rate(index, live), USUAL[rule][0]
        moved = f"{label} is moved by {rule} now, whose memory begins at zero."
        if lr is not None or usual / 5 <= now <= usual * 5:
            return moved
        return (
            f"{moved} Its learning rate is still {now:g}; for {rule} one would start at about "
            f"{usual:g}."
        )
