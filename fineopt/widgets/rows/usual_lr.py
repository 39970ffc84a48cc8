"""A button that offers the usual learning rate of a group's new optimizer."""

from __future__ import annotations

import ipywidgets as widgets

from ...control.optimizer import OptimizerController
from ...control.param_groups.group import GroupController
from ...control.playing.loop import Submit
from ...language import say
from ...wording import short_number
from ..parts.html import set_displayed

__all__ = ["UsualLR"]


class UsualLR(widgets.Button):
    """Sets the learning rate that is usual for a group's optimizer; shown while it is far from it.

    Args:
        group: the controller of the group.
        optimizers: knows what is usual.
        submit: runs an action between two steps.

    >>> from fineopt import models, optimizer, training
    >>> net = models.LeNet()
    >>> trainer = training.Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> optimizers = OptimizerController(trainer)
    >>> _ = optimizers.choose(0, "Adam")
    >>> group = GroupController(trainer.optimizer, 0)
    >>> button = UsualLR(group, optimizers, lambda action: action())
    >>> button.description
    'Use lr 0.001'
    >>> button.click()
    >>> group.lr
    0.001
    """

    def __init__(
        self, group: GroupController, optimizers: OptimizerController, submit: Submit
    ) -> None:
        self._group, self._optimizers = group, optimizers
        super().__init__(layout=widgets.Layout(width="auto", height="26px", margin="2px 4px 2px 0"))
        self.add_class("fineopt-usual-lr")
        self.on_click(lambda _: submit(self._use))
        self.show()

    def _use(self) -> None:
        usual = self._optimizers.usual_lr(self._group.index)
        if usual is not None:
            self._group.lr = usual

    def show(self) -> None:
        """Offer the usual learning rate, if the present one is far from it."""
        usual = self._optimizers.usual_lr(self._group.index)
        set_displayed(self, usual is not None)
        if usual is not None:
            rule = self._optimizers.rule(self._group.index)
            self.description = say("Use lr {lr}", lr=short_number(usual))
            self.tooltip = say(
                "the learning rate that is usual for {rule}, for {group}",
                rule=rule,
                group=self._group.label,
            )
