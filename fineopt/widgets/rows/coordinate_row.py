"""A row of the landscape panel: the optimizer and the learning rate of one coordinate."""

from __future__ import annotations

import ipywidgets as widgets

from ...control.landscape import LandscapeController
from ...control.playing.loop import Submit
from ...language import say
from ...optimizer.registry import OPTIMIZERS
from ..fields.number_field import NumberField
from ..parts.echo import EchoGuard
from ..parts.html import BORDER, with_hidden_text, wrapping_row
from .lr_slider import LrSlider

__all__ = ["CoordinateRow"]

NAMES = ("x ↔", "y ↕")


class CoordinateRow(widgets.VBox):
    """The optimizer, slider and number field of one coordinate.

    Args:
        controller: the controller of the run.
        coordinate: 0 for x, 1 for y.
        submit: runs an action between two steps, then refreshes the panel.
    """

    def __init__(
        self,
        controller: LandscapeController,
        coordinate: int,
        submit: Submit,
    ) -> None:
        self.controller, self.coordinate, self._submit = controller, coordinate, submit
        self._echo = EchoGuard()
        name = "xy"[coordinate]
        self.rule = widgets.Dropdown(
            options=[info.short_name for info in OPTIMIZERS.values()],
            value=controller.run.rules[coordinate],
            description=with_hidden_text(NAMES[coordinate], say("optimizer")),
            description_allow_html=True,
            tooltip=say("optimizer of {name}; changing it restarts the run", name=name),
            style={"description_width": "34px"},
            layout=widgets.Layout(width="158px", margin="0"),
        )
        self.slider = LrSlider(
            controller.lrs[coordinate],
            say("learning rate of {name}", name=name),
            self._set_by_slider,
            submit,
        )
        self.number = NumberField(
            controller.lrs[coordinate],
            "lr",
            say("{setting} of {name}", setting="lr", name=name),
            self._set_lr,
            submit,
            step="log",
        )
        self._run = controller.run
        super().__init__(
            [wrapping_row(self.rule, self.slider, self.number)],
            layout=widgets.Layout(margin="0", border_top=BORDER, padding="3px 0"),
        )
        self.show()
        self._echo.observe(self.rule, self._choose_rule)

    def _choose_rule(self, rule: str) -> None:
        self._submit(lambda: self.controller.set_rule(self.coordinate, rule))

    def _set_by_slider(self, lr: float) -> None:
        self._set_lr(lr)
        self.number.clear_error()

    def _set_lr(self, lr: float) -> None:
        self.controller.set_lr(self.coordinate, lr)

    def show(self) -> None:
        """Show the current state of the coordinate."""
        with self._echo:
            self.rule.value = self.controller.run.rules[self.coordinate]
            lr = self.controller.lrs[self.coordinate]
            self.slider.show(lr)
            self.number.show(lr)
            if self._run is not self.controller.run:  # restarted
                self._run = self.controller.run
                self.slider.reset_range()
