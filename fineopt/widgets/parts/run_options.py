"""How a run goes on: how fast, for how long, and by which schedule."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.schedule import CONSTANT
from ...control.training import TrainingController
from .echo import EchoGuard
from .html import room, shown, text
from .number_field import NumberField

__all__ = ["RunOptions"]

# None is no value for an option: a Dropdown then shows nothing, in every other process.
SPEEDS = (("full speed", 0.0), ("20 steps a second", 20.0), ("5 steps a second", 5.0),
          ("1 step a second", 1.0))  # fmt: skip
LENGTHS = (("until Pause", 0), *((f"{n} epochs", n) for n in (2, 4, 10, 20, 50)))


class RunOptions(widgets.HBox):
    """Choices of speed, length and schedule, and a line that says what the schedule does.

    Args:
        controller: of the run.
        later: runs an action between two steps, and says in the panel what is refused.
    """

    def __init__(
        self, controller: TrainingController, later: Callable[[Callable[[], object]], None]
    ) -> None:
        self.controller, self._later = controller, later
        self._echo = EchoGuard()
        self.speed = _dropdown("Speed", SPEEDS, "at most so many steps in a second")
        self.epochs = _dropdown("Play", LENGTHS, "how long Play goes on")
        self.schedule = _dropdown(
            "Schedule", controller.schedule.choices, "how the learning rates change"
        )
        # another number starts the schedule anew
        self.span = NumberField(
            10, "over", "over how many epochs", self._spread, later, whole=True, step=1,
            width="110px",
        )  # fmt: skip
        self.words = widgets.HTML(layout=widgets.Layout(margin="0"))
        super().__init__(
            [self.speed, self.epochs, self.schedule, self.span, self.words],
            layout=widgets.Layout(
                flex_flow="row wrap", align_items="center", margin="0", grid_gap="0 12px"
            ),
        )
        self.show()
        self._echo.observe(self.speed, self._paced)
        self._echo.observe(self.schedule, self._chosen)

    def _paced(self, speed: float) -> None:
        self._later(lambda: setattr(self.controller, "speed", speed or None))

    def _spread(self, epochs: int) -> None:
        if not 1 <= epochs <= 100_000:
            raise ValueError(f"epochs must be from 1 to 100000, not {epochs}")
        self.controller.schedule.choose(self.schedule.value, epochs)

    def _chosen(self, name: str) -> None:
        epochs = self.span.value
        self._later(lambda: self.controller.schedule.choose(name, epochs))

    def show(self) -> None:
        """Show the choices as they are now, also those that code made."""
        controller, schedule = self.controller, self.controller.schedule
        with self._echo:
            speeds, now = list(SPEEDS), controller.speed or 0.0
            if now not in dict(speeds).values():
                speeds.append((f"{now:g} steps a second", now))
            _offer(self.speed, speeds, now)
            _offer(self.schedule, schedule.choices, schedule.name)
            self.span.show(schedule.epochs or self.span.value)
            shown(self.span, schedule.epochs is not None)
            shown(self.words, schedule.name != CONSTANT)
            self.words.value = text(f"<small>{escape(schedule.summary_text())}</small>")


def _dropdown(label: str, options: Any, tooltip: str) -> Any:
    return widgets.Dropdown(
        options=options,
        description=label,
        tooltip=tooltip,
        style={"description_width": "initial"},
        layout=widgets.Layout(width=room(label, options), max_width="100%", margin="2px 0"),
    )


def _offer(dropdown: Any, options: Any, value: Any) -> None:
    if list(dropdown.options) != list(options):
        dropdown.options = options
        dropdown.layout.width = room(dropdown.description, options)
    dropdown.value = value
