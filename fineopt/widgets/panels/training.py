"""The training panel: plays a trainer, and sets each group's learning rate while it trains."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import ipywidgets as widgets

from ...control.as_python import as_python
from ...control.changes import ChangeDetector
from ...control.playing.followers import default_rate
from ...control.training import TrainingController
from ...control.watching import Watching
from ...figures.overview import draw_scene
from ...figures.renderer.chinese import drawable_language
from ...figures.renderer.picture import png
from ...language import list_names, say
from ...scenes.charts.grad_sums import ROWS
from ...scenes.run_scene import CHARTS, check_charts
from ...scenes.scene import Scene
from ...scenes.views import Watch
from ...scenes.watched_run import WatchedRun
from ...timeline import Timeline
from ...training.trainer import Trainer
from ..chooser.parameter_chooser import ParameterChooser
from ..live import SceneView
from ..parts.copy_code import CopyCode
from ..parts.html import set_displayed, wrapping_row
from ..parts.run_options import RunOptions
from ..parts.state_line import state_line
from ..rows.group_rows import GroupRows
from ..strip.timeline_strip import TimelineStrip
from .run_panel import RunPanel

__all__ = ["TrainingPanel"]

# Seconds between updates, while a run plays, of where it is: in words, and in the strip, whose rows
# cost more (with 0.5, a step took 1.13 of a bare one's time, without the strip 1.11: 30 turns of
# each, within 0.02). Fields are updated if they changed.
WORDS_EVERY, STRIP_EVERY = 0.5, 1.0


class TrainingPanel(RunPanel):
    """Plays a run: buttons, a row for each param group, and live figures of the record.

    A moved slider takes effect at the very next step. Training runs as a task on the kernel's event
    loop, so other cells stay usable; an error in a step stops it and is shown here. Everything that
    the panel does is available in Python, as ``panel.controller`` and ``trainer``.

    Args:
        trainer: the trainer to play.
        watch: the parameter whose trajectory is drawn, or up to four; the first one if None.
        timeline: whose branches are shown and made; if None, one that all panels of the trainer
            share, with up to 50 snapshots in up to 256 MB.
        charts: which are shown, of ``'loss'``, ``'rate'``, ``'watched'`` and ``'grad'``; fewer
            leave room on the screen for another panel.
        strip: whether the timeline's strip is shown; without it, too, there is more room.
        frames_per_second: how often the figures are drawn while it plays; 10 if None, or 20 with
            four processors or more.

    Raises:
        KeyError: if no parameter is called ``watch``.
        TypeError, ValueError: if frames_per_second is not above 0, too many parameters are watched,
            there is no such chart, or the timeline is another trainer's.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> TrainingPanel(Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([])))
    TrainingPanel(group 0: learning rate 0.05)

    Source: the document's sections on learning rates, as a panel.
    """

    controller: TrainingController

    def __init__(
        self,
        trainer: Trainer,
        *,
        watch: Watch | None = None,
        timeline: Timeline | None = None,
        charts: Sequence[str] = CHARTS,
        strip: bool = True,
        frames_per_second: float | None = None,
    ) -> None:
        self.figure = WatchedRun(
            trainer.record, watch
        )  # may raise, before anything follows the run
        self._shown = check_charts(charts)
        rate = default_rate() if frames_per_second is None else frames_per_second
        controller = TrainingController(trainer, timeline=timeline, frames_per_second=rate)
        self._drawing, self._branching = ChangeDetector(), ChangeDetector()
        self._words_due = self._strip_due = 0.0
        self._drawn_as: tuple[object, ...] | None = None  # what was watched, and how
        super().__init__(controller, rate)
        self.step = self.button(
            say("Step"), "step-forward", controller.step, say("train on one mini-batch")
        )
        self.epoch = self.button(
            say("Epoch"),
            "fast-forward",
            controller.run_epoch,
            say("train to the end of the epoch"),
        )
        self.again = self.button(
            say("Again"),
            "repeat",
            controller.again,
            say("back to the start, with the learning rates as they are now; the run is kept"),
        )
        self.reset = self.button(
            say("Reset all"),
            "undo",
            controller.reset,
            say("back to the start, learning rates and optimizers too"),
        )
        self.status = widgets.HTML(layout=widgets.Layout(margin="0", min_height="22px"))
        self.options = RunOptions(controller, self.submit)
        self.rows = GroupRows(
            controller.group_controllers,
            self.submit,
            controller.schedule.release,
            controller.optimizers,
        )
        self.charts = SceneView(
            self._scene,
            self.figure.describe,
            controller.actions,
            watch=self._watch,
            charge=controller.charge,
        )
        self.strip = TimelineStrip(controller.branches, self.submit)
        self.watching = Watching(self.figure)
        self.chooser = ParameterChooser(self.watching, self.submit)
        set_displayed(self.strip, strip)
        set_displayed(self.charts, bool(self._shown))
        set_displayed(self.chooser, "watched" in self._shown)
        self.copy = CopyCode(
            say("Copy as Python"),
            say("copy the code that makes these groups, learning rates and schedule"),
            lambda: as_python(trainer),
            self.submit,
        )
        buttons = [self.play, self.step, self.epoch, self.again, self.reset]
        self.begin(
            [
                wrapping_row(*buttons),
                self.status,
                self.options,
                self.message,
                self.rows,
                self.strip,
                self.charts,
                self.chooser,
                self.copy,
            ]
        )
        controller.on_frame.append(self.show_frame)

    def play_run(self) -> None:
        """Train for the chosen number of epochs."""
        self.controller.play(epochs=self.options.epochs.value or None)

    # ---- showing ----

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        controller = self.controller
        record = controller.trainer.record
        # While it plays, the player sends the frames. A panel that is not visible does not draw
        # what code trains.
        follows = not controller.playing and self._view_count
        return (
            (record.runs, record.steps) if follows else None,
            self.run_key(),
            controller.schedule.summary_text(),
            controller.group_controllers.state_key(),
            controller.branches.key() if follows else None,
            self.figure.key(),
        )

    def is_shown_soon(self) -> bool:
        """Return whether a frame is due within half a second, which looks for changes itself."""
        return self.controller.playing and monotonic() < self._words_due

    def show_frame(self) -> None:
        """Show a frame: the charts always, others less often, fields if they changed.

        Each of them is a message of its own, to be sent, and laid out by the page.
        """
        self._drawn_as = None
        self.show(moving=self.controller.playing)

    def refresh(self) -> None:
        """Show the run's current state."""
        controller = self.controller
        # After an action the player shows the next step at once: a picture before it would be late.
        if not controller.playing or self._drawn_as != self.figure.key():
            self._draw()  # first: the page then paints all of it at once
        self.rows.show()
        self.options.show()
        self.show_playing()
        self.step.disabled = self.epoch.disabled = controller.playing
        self._show_place()
        self._show_strip()
        self.chooser.show()

    def refresh_moving(self) -> None:
        """Show the charts, and less often where the run is."""
        self._draw()  # first, as in `refresh`
        if monotonic() >= self._words_due:
            self._show_place()
        if monotonic() >= self._strip_due:
            self._show_strip()

    def _show_strip(self) -> None:
        self._strip_due = monotonic() + STRIP_EVERY if self.controller.playing else 0.0
        self.strip.show()

    def _show_place(self) -> None:
        """Show where the run is: by the bar, and the words beside it."""
        controller = self.controller
        self._words_due = monotonic() + WORDS_EVERY if controller.playing else 0.0
        step, steps = controller.progress()
        share = step / steps if steps else None
        self.status.value = state_line(controller.place(), controller.status(), share)

    def _draw(self) -> None:
        """Draw the record if it, or what is watched, has changed."""
        record, playing = self.controller.trainer.record, self.controller.playing
        branches = self.controller.branches
        if self._branching.changed(branches.key()):
            self.figure.put_behind(branches.timeline.current.name, branches.tracks())
        self._drawn_as = self.figure.key()
        run = id(record), record.runs, record.steps, record.epochs, len(record.groups), playing
        if self._drawing.changed((*run, *record.swaps, *self._drawn_as)):
            self.figure.record = record
            self.charts.refresh(final=not playing)

    def _scene(self) -> Scene:
        scene = self.figure.scene()
        return {name: scene[name] for name in self._shown}

    def _watch(self, name: str) -> None:
        """Watch the parameter whose row or line was clicked."""

        def watch() -> None:
            self.figure.watch = name

        self.submit(watch)

    def picture(self) -> bytes:
        """Return the figures as they are now; all four if the panel shows none."""
        figure = self.figure
        rows = min(len(figure.record.parameters), ROWS)
        with drawable_language():
            scene = self._scene() or figure.scene()
        return png(draw_scene(scene, figure.describe, rows))

    def alt_text(self) -> str:
        """Describe what the figures show."""
        return self.figure.describe()

    def summary_text(self) -> str:
        """Describe the current learning rates."""
        groups = self.controller.group_controllers
        return list_names(groups.summary_texts(lambda group: say(": ") + group.summary_text()))
