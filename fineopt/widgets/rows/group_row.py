"""A row of a panel: a param group's learning rate, Freeze, and a fold for other settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from matplotlib.colors import to_hex

from ...control.optimizer import OptimizerController
from ...control.param_groups.group import GroupController
from ...control.playing.loop import Submit
from ...language import say
from ...scenes.style import colour
from ..fields.number_field import NumberField
from ..parts.echo import EchoGuard
from ..parts.html import (
    BORDER,
    button,
    chip,
    close_all,
    escape_name,
    set_displayed,
    set_visible,
    with_hidden_text,
    wrapping_row,
)
from .lr_slider import LrSlider
from .settings_fold import SettingsFold

__all__ = ["GroupRow"]


class GroupRow(widgets.VBox):
    """A view of a GroupController: slider, number field, Freeze, and a fold with other settings.

    Args:
        group: the controller of the group.
        submit: runs an action between two training steps, then refreshes the panel.
        release: returns the group to its schedule.
        optimizers: changes the group's optimizer; None without a trainer.
    """

    def __init__(
        self,
        group: GroupController,
        submit: Submit,
        release: Callable[[GroupController], None] = GroupController.release,
        optimizers: OptimizerController | None = None,
    ) -> None:
        self.group, self._submit = group, submit
        self._optimizers = optimizers
        self.children: Any
        self._echo = EchoGuard()
        name = group.label
        self.summary = widgets.HTML(layout=widgets.Layout(width="252px", margin="0"))
        self.summary.add_class("fineopt-group-summary")
        self._starts = group.starts
        self.slider = LrSlider(
            group.remembered, say("learning rate of {name}", name=name), self._set_by_slider, submit
        )
        self.number = NumberField(
            group.lr,
            "lr",
            say("{setting} of {name}", setting="lr", name=name),
            self._set_by_field,
            submit,
            step="log",
        )
        self.freeze = widgets.Checkbox(
            value=group.frozen,
            description=with_hidden_text(say("Freeze"), name),
            description_allow_html=True,
            indent=False,
            tooltip=say("freeze {name}: its learning rate is 0 until it is unfrozen", name=name),
            layout=widgets.Layout(width="84px", margin="0 0 0 10px"),
        )
        self.release = button(
            say("Set by hand: release"),
            "",
            say("let the schedule set the learning rate of {name} again", name=name),
        )
        self.more = button(
            say("More"), "", say("momentum and the other hyperparameters of {name}", name=name)
        )
        self.fold: SettingsFold | None = None  # created when it is opened
        parts = [self.summary, self.slider, self.number, self.freeze, self.release, self.more]
        super().__init__(
            [wrapping_row(*parts)],
            layout=widgets.Layout(margin="0", border_top=BORDER, padding="3px 0"),
        )
        self.show(name)
        self._echo.observe(self.freeze, lambda frozen: submit(lambda: self._freeze(frozen)))
        self.release.on_click(lambda _: self._submit(lambda: release(group)))
        self.more.on_click(lambda _: self._submit(self._toggle_fold))

    def _toggle_fold(self) -> None:
        top = self.children[0]
        if self.fold is None:
            self.fold = SettingsFold(self.group, self._submit, self._optimizers)
            self.children = [top, self.fold]
            self.more.description = say("Less")
        else:
            self.children = [top]
            close_all([self.fold])
            self.fold, self.more.description = None, say("More")

    def _set_by_slider(self, lr: float) -> None:
        self.group.lr = lr
        self.number.clear_error()

    def _set_by_field(self, lr: float) -> None:
        self.group.check("lr", lr)
        self.group.lr = lr

    def _freeze(self, frozen: bool) -> None:
        self.group.frozen = frozen
        self.number.clear_error()

    def show(self, label: str) -> None:
        """Show the current state of the group, under its label."""
        self.summary.value = self._html(label)
        set_displayed(self.release, self.group.scheduled)
        set_visible(self.release, self.group.overridden)
        if self.fold is not None:
            self.fold.show()
        group = self.group
        lr, frozen, remembered = float(group.lr), group.frozen, group.remembered
        with self._echo:
            self.slider.colour = to_hex(colour(group.index))
            self.slider.show(remembered)
            if self._starts != group.starts:
                self._starts = group.starts
                self.slider.reset_range()
            self.slider.disabled = frozen
            self.number.show(lr)
            self.freeze.value = frozen

    def _html(self, label: str) -> str:
        parameters, numbers = self.group.counts
        return chip(
            self.group.index,
            f"<b>{escape_name(label)}</b> · {self.group.summary_text()}",
            say(
                "{rule}, 1 parameter, {numbers:,} numbers"
                if parameters == 1
                else "{rule}, {parameters} parameters, {numbers:,} numbers",
                rule=self.group.rule,
                parameters=parameters,
                numbers=numbers,
            ),
        )
