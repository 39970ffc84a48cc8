"""A row of the landscape panel: what moves one coordinate, and by how much."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from ...control.landscape import LandscapeController
from ...optimizer.registry import OPTIMIZERS
from ..parts.echo import EchoGuard
from ..parts.html import RULE, add_unheard, line
from ..parts.number_field import NumberField
from .lr_slider import LrSlider

__all__ = ["CoordinateRow"]

NAMES = ("<b>x</b> ↔", "<b>y</b> ↕")


class CoordinateRow(widgets.VBox):
    """Optimizer, slider and number of one coordinate.

    Args:
        controller: what it sets.
        coordinate: 0 is x, 1 is y.
        later: runs an action between two steps, and then shows what is new.
    """

    def __init__(
        self,
        controller: LandscapeController,
        coordinate: int,
        later: Callable[[Callable[[], object]], None],
    ) -> None:
        self.controller, self.coordinate, self._later = controller, coordinate, later
        self._echo = EchoGuard()
        name = "xy"[coordinate]
        self.rule = widgets.Dropdown(
            options=[info.short_name for info in OPTIMIZERS.values()],
            value=controller.run.rules[coordinate],
            description=add_unheard(NAMES[coordinate], "is moved by"),
            description_allow_html=True,
            tooltip=f"what moves {name}; another one begins again",
            style={"description_width": "34px"},
            layout=widgets.Layout(width="158px", margin="0"),
        )
        self.slider = LrSlider(
            controller.lrs[coordinate], f"learning rate of {name}", self._set, later
        )
        self.number = NumberField(
            controller.lrs[coordinate], "lr", f"lr of {name}", self._typed, later, step="log"
        )
        self._run = controller.run
        super().__init__(
            [line(self.rule, self.slider, self.number)],
            layout=widgets.Layout(margin="0", border_top=RULE, padding="3px 0"),
        )
        self.show()
        self._echo.observe(self.rule, self._chosen)

    def _chosen(self, rule: str) -> None:
        self._later(lambda: self.controller.set_rule(self.coordinate, rule))

    def _set(self, lr: float) -> None:
        self._typed(lr)
        self.number.accept()

    def _typed(self, lr: float) -> None:
        self.controller.set_lr(self.coordinate, lr)

    def show(self) -> None:
        """Show the coordinate as it is now, whoever changed it."""
        with self._echo:
            self.rule.value = self.controller.run.rules[self.coordinate]
            lr = self.controller.lrs[self.coordinate]
            self.slider.show(lr)
            self.number.show(lr)
            if self._run is not self.controller.run:  # begun again
                self._run = self.controller.run
                self.slider.start_again()
