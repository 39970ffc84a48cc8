"""The optimizer panel: chooses the optimizer of each group while it trains."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from ...control.optimizer import OptimizerController
from ...control.param_groups.group import GroupController
from ...control.param_groups.groups import GroupControllers
from ...control.playing.loop import Action, ActionQueue
from ...language import list_names, say
from ...training.trainer import Trainer
from ..parts.echo import EchoGuard
from ..parts.html import chip, close_all, escape_name, paragraph, with_hidden_text, wrapping_row
from ..parts.text_picture import LINES, text_picture
from ..rows.finder import Finder
from ..rows.usual_lr import UsualLR
from .panel import Panel

__all__ = ["OptimizerPanel"]


class OptimizerPanel(Panel):
    """Chooses SGD, Adam or another optimizer for each group of a trainer, from the next step on.

    The record continues, the other groups keep their momentum, and the trainer's Reset restores
    the initial optimizers. In Python the same is available as ``panel.optimizers.choose``.

    Args:
        trainer: its optimizer is changed.
        frames_per_second: how often the panel looks for changes made in code.

    Raises:
        ValueError: if frames_per_second is not above 0.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> panel = OptimizerPanel(trainer)
    >>> _ = panel.optimizers.choose(0, "Adam", lr=0.001)
    >>> panel
    OptimizerPanel(group 0: Adam, learning rate 0.001)
    """

    def __init__(self, trainer: Trainer, *, frames_per_second: float = 8) -> None:
        super().__init__(ActionQueue(), frames_per_second)
        self.optimizers = OptimizerController(trainer)
        self.groups = GroupControllers(lambda: trainer.optimizer)
        self.finder = Finder(say("groups"), self.submit)
        self.rows = widgets.VBox(layout=widgets.Layout(margin="0"))
        self.news = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.begin([self.finder, self.rows, self.news, self.message])

    def choose(self, group: GroupController, rule: str) -> None:
        """Update a group with another optimizer, and describe the change."""
        self.news.value = ""
        self.news.value = paragraph(escape(self.optimizers.choose(group.index, rule)))

    def submit_other(self, action: Action) -> None:
        """Run an action after which the last change of an optimizer is no longer news."""
        self.news.value = ""
        self.submit(action)

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        return self.groups.state_key()

    def refresh(self) -> None:
        """Show the groups and their optimizers as they are now."""
        every = self.groups.now()
        groups = [every[i] for i in self.finder.find(self.groups.labels())]
        if [row.group for row in self.rows.children] != groups:
            old = self.rows.children
            self.rows.children = [_Row(group, self) for group in groups]
            close_all(old)
        for row in self.rows.children:
            row.show()

    def picture(self) -> bytes:
        """Return a PNG with a line for each group."""
        return text_picture(list(enumerate(self.groups.summary_texts(self._describe, LINES))))

    def summary_text(self) -> str:
        """Describe the current optimizers and learning rates."""
        return list_names(self.groups.summary_texts(self._describe), between=say("; "))

    def _describe(self, group: GroupController) -> str:
        rule = self.optimizers.rule(group.index)
        return say(": ") + rule + say(", ") + group.summary_text()


class _Row(widgets.VBox):
    """A group's name, the choice of its optimizer, and what that does."""

    def __init__(self, group: GroupController, panel: OptimizerPanel) -> None:
        self.group, self._panel = group, panel
        self._echo = EchoGuard()
        self.name = widgets.HTML(layout=widgets.Layout(width="226px", margin="0"))
        self.rule = widgets.Dropdown(
            options=self._options(),
            value=panel.optimizers.rule(group.index),
            description=with_hidden_text(say("optimizer"), say("of {name}", name=group.label)),
            description_allow_html=True,
            style={"description_width": "initial"},
            layout=widgets.Layout(width="250px", max_width="100%", margin="2px 12px 2px 0"),
        )
        self.about = widgets.HTML(layout=widgets.Layout(margin="0", flex="1 1 200px"))
        self.usual = UsualLR(group, panel.optimizers, panel.submit_other)
        parts = self.name, self.rule, self.about, self.usual
        super().__init__([wrapping_row(*parts, ruled=True)])
        self._echo.observe(self.rule, self._choose)

    def _options(self) -> list[str]:
        names, now = self._panel.optimizers.choices, self._panel.optimizers.rule(self.group.index)
        return names if now in names else [*names, now]

    def _choose(self, rule: str) -> None:
        self._panel.submit(lambda: self._panel.choose(self.group, rule))

    def show(self) -> None:
        """Show the group's current state."""
        group, optimizers = self.group, self._panel.optimizers
        with self._echo:
            if list(self.rule.options) != self._options():
                self.rule.options = self._options()
            self.rule.value = optimizers.rule(group.index)
        self.name.value = chip(
            group.index, f"<b>{escape_name(group.label)}</b>", group.summary_text()
        )
        about, note = optimizers.about(group.index), optimizers.note(group.index)
        full = say("{about}. {note}", about=about, note=note) if note else about
        self.about.value = paragraph(f"<small>{escape(full)}</small>")
        self.usual.show()
