"""The panel of a watched model: rows and live figures during a user's training loop."""

from __future__ import annotations

from html import escape
from math import isnan
from time import perf_counter, sleep
from typing import Any

from ...control.changes import ChangeDetector
from ...control.playing.loop import ActionQueue
from ...control.watching import Watching
from ...figures.overview import overview
from ...figures.renderer.picture import png
from ...language import list_names, say
from ...scenes.text import count_steps
from ...scenes.watched_run import WatchedRun
from ...wording import short_number
from ..chooser.parameter_chooser import ParameterChooser
from ..live import SceneView
from ..parts.html import alert, button, paragraph, wrapping_row
from ..parts.pump import pump
from ..rows.group_rows import GroupRows
from .panel import Panel

__all__ = ["WatchPanel"]

SHARE = 0.1  # of the time, at most, for frames while a loop runs
PUMPING = 0.1  # seconds between two looks for messages while a loop runs
WAITING = 0.02  # seconds between two looks while the loop is paused


class WatchPanel(Panel):
    """Shows and steers a watched model; a loop that runs in a cell answers it after each step.

    While a cell runs, the kernel is busy. Where the front end sends widgets' messages to a
    subshell, as JupyterLab does with ipykernel 7, they arrive by themselves; elsewhere the panel
    fetches them after a step. Pause holds the loop inside ``optimizer.step()``, after the step.

    Args:
        watch: a `fineopt.watching.Watch`.
        frames_per_second: how often the figures are drawn.

    Raises:
        ValueError: if frames_per_second is not above 0.
    """

    def __init__(self, watch: Any, *, frames_per_second: float = 4) -> None:
        super().__init__(ActionQueue(), frames_per_second)
        self.watch = watch
        self.paused = False
        self._single = 0  # steps that the loop takes before it is held again
        self._frame_due = self._pump_due = 0.0
        self._page_took = 0.0  # seconds for messages of pages, since the last frame
        self._drawing = ChangeDetector()
        self.figure = WatchedRun(watch.record)
        self.charts = SceneView(
            self.figure.scene,
            self.figure.describe,
            self.actions,
            watch=self._watch_parameter,
            charge=self._charge,
        )
        self.pause = button(
            say("Pause"), "pause", say("hold the loop after its current step"), "primary"
        )
        self.pause.on_click(lambda _: self.submit(self._pause_or_go_on))
        self.step = button(say("Step"), "step-forward", say("let the loop take one step"))
        self.step.on_click(lambda _: self.submit(self._step_once))
        self.status: Any = type(self.message)(layout={"margin": "0 8px"})
        self.rows = GroupRows(watch.controllers, self.submit)
        self.watching = Watching(self.figure)
        self.chooser = ParameterChooser(self.watching, self.submit)
        top = wrapping_row(self.pause, self.step, self.status)
        self.begin([top, self.message, self.rows, self.charts, self.chooser])
        watch.after_step.append(self._after_step)

    # ---- the loop ----

    def _pause_or_go_on(self) -> None:
        player = self.watch.player
        if player is not None and player.playing:  # the panel runs the loop itself
            player.pause()
        elif player is not None and not self.paused and player.run.more and player.run.taken:
            player.play()
        else:
            self._single, self.paused = 0, not self._holds

    @property
    def _holds(self) -> bool:
        """Whether the loop is held, or will be after single steps: the button says Go on."""
        return self.paused or self._single > 0

    def _step_once(self) -> None:
        player = self.watch.player
        if player is not None:
            player.step()
        else:
            self._single, self.paused = self._single + 1, False

    def _after_step(self) -> None:
        """Act on what was pressed, and show the step, within a share of the time."""
        if self._single:
            self._single -= 1
            self.paused = not self._single
        try:
            self._attend()
            while self.paused and self.watch.watching and self.comm is not None:
                sleep(WAITING)
                self._pump_due = 0.0
                self._attend()
        except Exception as error:  # internal: it must not stop the user's training
            self._show_failure(error)

    def _attend(self) -> None:
        self.actions.run_pending()
        begin = perf_counter()
        player = self.watch.player
        if begin >= self._pump_due and (player is None or not player.playing):
            if pump():
                self.actions.run_pending()
            self._pump_due = perf_counter() + PUMPING
        if begin >= self._frame_due:
            begin = perf_counter()
            if self._state.changed(self.state_key()):
                self._refresh()
            took = perf_counter() - begin + self._page_took
            self._page_took = 0.0
            self._frame_due = begin + max(self._frame, took / SHARE)

    def _charge(self, seconds: float) -> None:
        """Count time that a page took, as part of the share of the frames."""
        self._page_took += seconds

    # ---- showing ----

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        record = self.watch.recorded
        player = self.watch.player
        return (
            (record.runs, record.steps, record.epochs),
            (self.paused, self._single, self.watch.watching, self.watch.error),
            None if player is None else (player.playing, player.error),
            len(self.watch.notices),
            self.watch.controllers.state_key(),
            self.figure.key(),
        )

    def refresh(self) -> None:
        """Show the current state."""
        self.rows.show()
        player = self.watch.player
        held = self._holds if player is None else not player.playing
        self.pause.description = say("Go on" if held else "Pause")
        self.pause.icon = "play" if held else "pause"
        self.step.disabled = not held
        self.status.value = paragraph(self._status())
        self._draw()
        self.chooser.show()

    def _status(self) -> str:
        record = self.watch.recorded
        words = say(
            "epoch {epoch}, {steps}", epoch=record.epochs + 1, steps=count_steps(record.steps)
        )
        told = [loss for loss in record.loss[-20:].tolist() if not isnan(loss)]
        if told:
            words += f" &ensp; {say('loss')} <b>{sum(told) / len(told):.3f}</b>"
        elif record.steps:
            words += " &ensp; " + say("no loss known: w.loss(loss) tells it")
        return words if self.watch.watching else f"{words} &ensp; {say('detached')}"

    def _draw(self) -> None:
        record = self.watch.recorded
        key = record.runs, record.steps, record.epochs, len(record.groups), self.paused
        if self._drawing.changed((*key, *self.figure.key())):
            self.figure.record = record
            self.charts.refresh(final=self.paused or not self.watch.watching)

    def _watch_parameter(self, name: str) -> None:
        """Draw the parameter whose row or line was clicked."""

        def watch() -> None:
            self.figure.watch = name

        self.submit(watch)

    def message_html(self) -> str:
        """Return why an action was refused or recording stopped, or what was noticed."""
        if html := super().message_html():
            return html
        player = self.watch.player
        if player is not None and player.error:
            return str(alert(say("Stopped by an error:"), player.error))
        if self.watch.error:
            return str(alert(say("Training goes on, but"), self.watch.error))
        return (
            str(alert(say("Noticed:"), escape(self.watch.notices[-1])))
            if self.watch.notices
            else ""
        )

    def picture(self) -> bytes:
        """Return the figures as they are now."""
        figure = self.figure
        return png(overview(figure.record, figure.watched, view=figure.view, marks=figure.marks))

    def summary_text(self) -> str:
        """Describe the current learning rates."""
        return list_names(
            self.watch.controllers.summary_texts(
                lambda group: (
                    say(": ")
                    + say(
                        "frozen" if group.frozen else "learning rate {lr}",
                        lr=short_number(group.lr),
                    )
                )
            )
        )

    def close(self) -> None:
        """Stop following the loop, which goes on, and close every widget."""
        self.paused = False
        if self._after_step in self.watch.after_step:
            self.watch.after_step.remove(self._after_step)
        super().close()
