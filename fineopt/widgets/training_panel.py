"""The training panel: play, and steer each group's learning rate while it trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import ipywidgets as widgets

from ..figures import LiveFigure
from ..training import Trainer
from .group_row import GroupRow
from .live_view import FigureView, with_picture
from .training_controller import TrainingController

__all__ = ["TrainingPanel"]


class TrainingPanel(widgets.VBox):
    """Play, Step, Epoch and Reset; a row for each param group; live figures of the record.

    A moved slider takes effect at the very next step. Training runs as a task on the kernel's
    event loop, so that other cells stay usable; an error in a step stops it and is shown here.
    Everything the panel does can be done from Python, by ``panel.controller`` and ``trainer``.

    Args:
        trainer: what to train.
        watch: the parameter whose trajectory is drawn; the first one if None.
        frames_per_second: how often the figures are drawn while it plays.

    Source: the document's sections on learning rates, as a panel.
    """

    def __init__(
        self, trainer: Trainer, *, watch: str | None = None, frames_per_second: float = 8
    ) -> None:
        self.controller = TrainingController(trainer, frames_per_second=frames_per_second)
        self.play = self._button("Play", "play", self._play_or_pause, "train on and on", "primary")
        self.step = self._button(
            "Step", "step-forward", self.controller.step, "train on one mini-batch"
        )
        self.epoch = self._button(
            "Epoch", "fast-forward", self.controller.run_epoch, "train to the end of the epoch"
        )
        self.reset = self._button(
            "Reset", "undo", self.controller.reset, "go back to the start, learning rates too"
        )
        self.progress = widgets.IntProgress(
            min=0, max=1, layout=widgets.Layout(flex="1 1 100px", min_width="80px", margin="0 8px")
        )
        self.place = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.status = widgets.HTML(layout=widgets.Layout(margin="0", min_height="22px"))
        self.message = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.rows = widgets.VBox(layout=widgets.Layout(margin="0"))
        self.figure = FigureView(LiveFigure(trainer.record, watch))
        self.watch = widgets.Dropdown(
            options=list(trainer.record.parameters),
            value=self.figure.figure.watch,
            description="Watching",
            tooltip="the parameter whose trajectory is drawn",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="260px"),
        )
        self.watch.observe(self._watch, "value")
        buttons = [self.play, self.step, self.epoch, self.reset, self.progress, self.place]
        super().__init__(
            [
                widgets.HBox(
                    buttons, layout=widgets.Layout(align_items="center", flex_flow="row wrap")
                ),
                self.status,
                self.message,
                self.rows,
                self.figure,
                self.watch,
            ],
            layout=widgets.Layout(max_width="880px", padding="4px"),
        )
        self._wrong: str | None = None  # what was typed and can't be
        self._show_words()
        self.controller.on_frame.append(self.show)

    def _button(
        self, label: str, icon: str, action: Callable[[], object], tooltip: str, style: str = ""
    ) -> widgets.Button:
        button = widgets.Button(
            description=label,
            icon=icon,
            tooltip=tooltip,
            button_style=style,
            layout=widgets.Layout(width="auto", margin="2px 4px 2px 0"),
        )
        button.on_click(lambda _: self.controller.call(action))
        return button

    def _play_or_pause(self) -> None:
        if self.controller.playing:
            self.controller.pause()
        else:
            self.controller.play()

    def _watch(self, change: dict[str, Any]) -> None:
        self.figure.figure.watch = change["new"]
        self.controller.call(self.figure.refresh)

    def _report(self, wrong: str | None) -> None:
        self._wrong = wrong

    # ---- showing ----

    def show(self) -> None:
        """Show the run as it is now."""
        self._show_words()
        self.figure.figure.record = self.controller.trainer.record
        self.figure.refresh()

    def _show_words(self) -> None:
        controller = self.controller
        self._show_rows()
        playing = controller.playing
        self.play.description, self.play.icon = ("Pause", "pause") if playing else ("Play", "play")
        self.play.tooltip = "stop after this step" if playing else "train on and on"
        self.step.disabled = self.epoch.disabled = playing
        step, steps = controller.progress()
        self.progress.max, self.progress.value = steps or 1, step if steps else 0
        self.place.value = _text(controller.place())
        self.status.value = _text(
            " &ensp; ".join(f"{escape(word)} <b>{value}</b>" for word, value in controller.status())
            or "not started"
        )
        self.message.value = self._alert()

    def _show_rows(self) -> None:
        rows: list[GroupRow] = list(self.rows.children)
        groups = self.controller.groups
        if [row.group for row in rows] != groups:
            rows = [GroupRow(group, self._report, self._later) for group in groups]
            self.rows.children = rows
        for row in rows:
            row.show()

    def _later(self, action: Callable[[], object]) -> None:
        def act_and_say() -> None:
            action()
            self.message.value = self._alert()

        self.controller.call(act_and_say)

    def _alert(self) -> str:
        if self._wrong:
            return _framed("Not accepted:", self._wrong)
        if self.controller.error:
            return _framed("Stopped by an error:", self.controller.error)
        return ""

    def close(self) -> None:
        """Stop training and close every widget of the panel."""
        self.controller.close()
        for widget in _below(self):
            widget.close()
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        rates = ", ".join(f"{g.label}: {g.words()}" for g in self.controller.groups)
        self.figure.refresh()
        return with_picture(
            super()._repr_mimebundle_(**options),
            self.figure.figure.png,
            f"TrainingPanel({rates})",
        )


def _below(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """Yield all that a widget is made of, its layout and style too, which outlive it otherwise."""
    for part in (*getattr(widget, "children", ()), widget.layout, getattr(widget, "style", None)):
        if isinstance(part, widgets.DOMWidget):
            yield from _below(part)
        if part is not None:
            yield part


def _text(html: str) -> str:
    return f'<span style="color:var(--jp-ui-font-color1,#222)">{html}</span>'


def _framed(title: str, words: str) -> str:
    """Show an error: by words and a frame as well as by colour."""
    return (
        '<div role="alert" style="border-left:4px solid var(--jp-error-color1,#b00020);'
        'padding:4px 8px;white-space:pre-wrap;color:var(--jp-ui-font-color1,#222)">'
        f"<b>{title}</b> {escape(words)}</div>"
    )
