"""Options of a run: speed, length and schedule."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.playing.loop import Submit
from ...control.schedule import CONSTANT
from ...control.training import TrainingController
from ...language import say, translated
from ..fields.number_field import NumberField
from .echo import EchoGuard
from .html import dropdown_width, paragraph, set_displayed
from .refusal import Refusal

__all__ = ["RunOptions", "speed_options"]

# Not None: a Dropdown with that value shows no selection in some processes.
SPEEDS = (0.0, 20.0, 5.0, 1.0)
LENGTHS = (0, 2, 4, 10, 20, 50)


class RunOptions(widgets.HBox):
    """Dropdowns for speed, length and schedule, and a summary of the schedule.

    Args:
        controller: the controller of the run.
        submit: runs an action between two steps and shows its error, if any, in the panel.
    """

    def __init__(self, controller: TrainingController, submit: Submit) -> None:
        self.refusal = Refusal()
        self.controller, self._submit = controller, self.refusal.beside(submit)
        self._echo = EchoGuard()
        self.speed = _dropdown(
            say("Speed"), speed_options(SPEEDS), say("the maximum number of steps per second")
        )
        lengths = [
            (say("{count} epochs", count=n) if n else say("until Pause"), n) for n in LENGTHS
        ]
        self.epochs = _dropdown(say("Play"), lengths, say("how many epochs Play trains for"))
        self.schedule = _dropdown(
            say("Schedule"), self._schedules(), say("how the learning rates change")
        )
        # a new number restarts the schedule
        self.span = NumberField(
            10, say("epochs"), say("total epochs"), self._set_epochs, submit, integer=True, step=1,
            width="124px",
        )  # fmt: skip
        self.summary = widgets.HTML(layout=widgets.Layout(margin="0"))
        super().__init__(
            [self.speed, self.epochs, self.schedule, self.span, self.summary, self.refusal],
            layout=widgets.Layout(
                flex_flow="row wrap", align_items="center", margin="0", grid_gap="0 12px"
            ),
        )
        self.show()
        self._echo.observe(self.speed, self._set_speed)
        self._echo.observe(self.schedule, self._choose_schedule)

    def _schedules(self) -> list[tuple[str, str]]:
        return [(translated(name), name) for name in self.controller.schedule.choices]

    def _set_speed(self, speed: float) -> None:
        self._submit(lambda: setattr(self.controller, "speed", speed or None))

    def _set_epochs(self, epochs: int) -> None:
        if not 1 <= epochs <= 100_000:
            raise ValueError(say("epochs must be from 1 to 100000, not {value}", value=epochs))
        self.controller.schedule.choose(self.schedule.value, epochs)

    def _choose_schedule(self, name: str) -> None:
        epochs = self.span.value
        self._submit(lambda: self.controller.schedule.choose(name, epochs))

    def show(self) -> None:
        """Show the current options, including those set in code."""
        controller, schedule = self.controller, self.controller.schedule
        with self._echo:
            current = controller.speed or 0.0
            speeds = SPEEDS if current in SPEEDS else (*SPEEDS, current)
            _set_options(self.speed, speed_options(speeds), current)
            _set_options(self.schedule, self._schedules(), schedule.name)
            self.span.show(schedule.epochs or self.span.value)
            set_displayed(self.span, schedule.epochs is not None)
            set_displayed(self.summary, schedule.name != CONSTANT)
            self.summary.value = paragraph(f"<small>{escape(schedule.summary_text())}</small>")


def speed_options(speeds: Sequence[float]) -> list[tuple[str, float]]:
    """Return the options of a dropdown of speeds, in steps per second; 0 is full speed.

    >>> speed_options([0.0, 1.0, 20.0])
    [('full speed', 0.0), ('1 step/s', 1.0), ('20 steps/s', 20.0)]
    """
    return [
        (
            say(
                "full speed" if not speed else "1 step/s" if speed == 1 else "{speed:g} steps/s",
                speed=speed,
            ),
            speed,
        )
        for speed in speeds
    ]


def _dropdown(label: str, options: Any, tooltip: str) -> Any:
    return widgets.Dropdown(
        options=options,
        description=label,
        tooltip=tooltip,
        style={"description_width": "initial"},
        layout=widgets.Layout(
            width=dropdown_width(label, options), max_width="100%", margin="2px 0"
        ),
    )


def _set_options(dropdown: Any, options: Any, value: Any) -> None:
    if list(dropdown.options) != list(options):
        dropdown.options = options
        dropdown.layout.width = dropdown_width(dropdown.description, options)
    dropdown.value = value
