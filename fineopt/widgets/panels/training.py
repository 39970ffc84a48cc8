"""The training panel: play, and steer each group's learning rate while it trains."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets as widgets

from ...control.training import TrainingController
from ...control.watching import Watching
from ...figures import LiveFigure
from ...figures.views import Watch
from ...training.trainer import Trainer
from ...wording import join_names
from ..chooser.parameter_chooser import ParameterChooser
from ..parts.html import alert, button, line, text
from ..parts.live_view import FigureView
from ..parts.run_options import RunOptions
from ..rows.group_rows import GroupRows
from .panel import Panel

__all__ = ["TrainingPanel"]


class TrainingPanel(Panel):
    """Play, Step, Epoch and Reset; a row for each param group; live figures of the record.

    A moved slider takes effect at the very next step. Training runs as a task on the kernel's
    event loop, so that other cells stay usable; an error in a step stops it and is shown here.
    Everything the panel does can be done from Python, by ``panel.controller`` and ``trainer``.

    Args:
        trainer: what to train.
        watch: the parameter whose trajectory is drawn, or up to four; the first one if None.
        frames_per_second: how often the figures are drawn while it plays.

    Raises:
        KeyError: if no parameter is called ``watch``.
        ValueError: for frames_per_second that are not above 0, or too many to watch.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> TrainingPanel(Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([])))
    TrainingPanel(group 0: learning rate 0.05)

    Source: the document's sections on learning rates, as a panel.
    """

    def __init__(
        self, trainer: Trainer, *, watch: Watch | None = None, frames_per_second: float = 8
    ) -> None:
        figure = LiveFigure(trainer.record, watch)  # may refuse, before anything follows the run
        controller = TrainingController(trainer, frames_per_second=frames_per_second)
        self.controller = controller
        self.figure = FigureView(figure)
        super().__init__(controller.on_loop, frames_per_second)
        self.play = self._button("Play", "play", self._play_or_pause, "", "primary")
        self.step = self._button("Step", "step-forward", controller.step, "train on one mini-batch")
        self.epoch = self._button(
            "Epoch", "fast-forward", controller.run_epoch, "train to the end of the epoch"
        )
        self.reset = self._button(
            "Reset", "undo", controller.reset, "back to the start: learning rates, optimizers, all"
        )
        self.progress = widgets.IntProgress(
            min=0, max=1, layout=widgets.Layout(flex="1 1 100px", min_width="80px", margin="0 8px")
        )
        self.place = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.status = widgets.HTML(layout=widgets.Layout(margin="0", min_height="22px"))
        self.options = RunOptions(controller, self.later)
        self.rows = GroupRows(
            controller.group_controllers,
            self.report,
            self.later,
            controller.schedule.release,
            controller.optimizers,
        )
        self.watching = Watching(self.figure.figure)
        self.chooser = ParameterChooser(self.watching, self.later)
        buttons = [self.play, self.step, self.epoch, self.reset, self.progress, self.place]
        self.begin(
            [
                line(*buttons),
                self.status,
                self.options,
                self.message,
                self.rows,
                self.figure,
                self.chooser,
            ]
        )
        controller.on_frame.append(self.show)

    def _button(
        self, label: str, icon: str, action: Callable[[], object], tooltip: str, style: str = ""
    ) -> widgets.Button:
        made = button(label, icon, tooltip, style)
        made.on_click(lambda _: self.controller.call(action))
        return made

    def _play_or_pause(self) -> None:
        if self.controller.playing:
            self.controller.pause()
        else:
            self.controller.play(epochs=self.options.epochs.value or None)

    # ---- showing ----

    def look(self) -> object:
        """Return all that the panel shows, as plain values to be compared."""
        controller = self.controller
        record = controller.trainer.record
        # While it plays, the frames come from the player. A panel that can be seen nowhere does not
        # draw what code trains.
        follows = not controller.playing and self._view_count
        steps = (record.runs, record.steps) if follows else None
        return (
            steps,
            (controller.playing, controller.speed, controller.error, controller.notice),
            controller.schedule.words(),
            controller.group_controllers.look(),
            self._looks(),
        )

    def _looks(self) -> tuple[object, ...]:
        """Return what the figure looks at, and how."""
        figure = self.figure.figure
        return figure.watched, figure.view, figure.marks

    def refresh(self) -> None:
        """Show the run as it is now."""
        controller = self.controller
        self.rows.show()
        self.options.show()
        playing = controller.playing
        self.play.description, self.play.icon = ("Pause", "pause") if playing else ("Play", "play")
        self.play.tooltip = "stop after this step" if playing else "train on and on"
        self.step.disabled = self.epoch.disabled = playing
        step, steps = controller.progress()
        self.progress.max, self.progress.value = steps or 1, step if steps else 0
        self.place.value = text(controller.place())
        self.status.value = text(
            " &ensp; ".join(f"{escape(word)} <b>{value}</b>" for word, value in controller.status())
            or "not started"
        )
        self._draw()
        self.chooser.show()

    def _draw(self) -> None:
        """Draw the record if it has grown, is another one, or is looked at in another way."""
        record = self.controller.trainer.record
        run = id(record), record.runs, record.steps, record.epochs, len(record.groups)
        now = *run, *record.swaps, *self._looks()
        if now != self._drawn:
            self._drawn = now
            self.figure.figure.record = record
            self.figure.refresh()

    _drawn: object = None

    def sight(self, seen: bool) -> None:
        """Let a run that can't be seen anywhere any more pause."""
        self.controller.sight(seen)

    def words_of_message(self) -> str:
        """Return what was refused, or stopped the run."""
        if self._wrong is None and self.controller.error:
            return alert("Stopped by an error:", self.controller.error)
        if self._wrong is None and self.controller.notice:
            return alert("Paused:", self.controller.notice)
        return super().words_of_message()

    def close(self) -> None:
        """Close every widget of the panel; training stops, unless another panel shows it."""
        if self.comm is not None:
            self.controller.close()
        super().close()

    def picture(self) -> bytes:
        """Return the figures as they are now."""
        self.figure.refresh()
        return self.figure.figure.png

    def words(self) -> str:
        """Return the learning rates as they are now."""
        return join_names(
            self.controller.group_controllers.words(lambda group: f": {group.words()}")
        )
