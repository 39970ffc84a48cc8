"""Behaviour common to the panels that play a run."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from ...control.playing.controller import RunController
from ...control.playing.loop import Action
from ...language import say
from ..parts.html import alert, button
from .panel import Panel

__all__ = ["RunPanel"]


class RunPanel(Panel):
    """The base class of panels with Play, Step and Reset; it shows why a run stopped.

    Args:
        controller: plays the run.
        frames_per_second: how often it looks for changes made in code.
    """

    controller: Any

    def __init__(self, controller: RunController[Any], frames_per_second: float) -> None:
        self.controller = controller
        super().__init__(controller.actions, frames_per_second)
        self.play = self.button(say("Play"), "play", self._play_or_pause, "", "primary")

    def button(
        self, label: str, icon: str, action: Action, tooltip: str, style: str = ""
    ) -> widgets.Button:
        """Make a button that submits an action."""
        made = button(label, icon, tooltip, style)
        made.on_click(lambda _: self.submit(action))
        return made

    def submit(self, action: Action) -> None:
        """Run an action between two steps, and show the step after it without delay."""

        def act() -> None:
            self.controller.player.hurried = True
            action()

        super().submit(act)

    def show_result(self) -> None:
        """Show what an action has changed: with the step after it, if that comes at once.

        Words before it would be messages of their own, which a page lays out and paints before it
        reads on: from a slider to the picture took 87 ms with them and 81 without (60 of each).
        """
        if self.controller.player.shows_at_once:
            self._state.forget()
        else:
            self.show()

    def play_run(self) -> None:
        """Play the run."""
        self.controller.play()

    def _play_or_pause(self) -> None:
        if self.controller.playing:
            self.controller.pause()
        else:
            self.play_run()

    def run_key(self) -> tuple[object, ...]:
        """Return the state of the controller that every run panel shows."""
        controller = self.controller
        return controller.playing, controller.speed, controller.error, controller.notice

    def show_playing(self) -> None:
        """Show on the Play button whether the run plays."""
        playing = self.controller.playing
        self.play.description, self.play.icon = (
            (say("Pause"), "pause") if playing else (say("Play"), "play")
        )
        self.play.tooltip = say("pause after this step" if playing else "run until paused")

    def on_visible(self, visible: bool) -> None:
        """Pause a run that is no longer visible anywhere."""
        self.controller.set_visible(visible)

    def explains(self, error: BaseException) -> bool:
        """Return whether the error ended a step, which the run's message explains."""
        return error is self.controller.exception

    def message_html(self) -> str:
        """Return why an action was refused or the run stopped, if so."""
        if html := super().message_html():
            return html
        if self.controller.error:
            return alert(say("Stopped by an error:"), self.controller.error)
        return alert(say("Paused:"), self.controller.notice) if self.controller.notice else ""

    def close(self) -> None:
        """Close every widget of the panel; the run pauses, unless another panel shows it."""
        if self.comm is not None:
            self.controller.close()
        super().close()
