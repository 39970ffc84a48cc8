"""The landscape panel: two parameters, each with its optimizer and its learning rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ...control.landscape import LandscapeController
from ...figures import LiveLandscape, describe_runs
from ...landscape import LANDSCAPES, Landscape
from ..parts.clickable import ClickablePicture
from ..parts.html import alert, button, line, room, shown, text
from ..parts.live_view import PictureView
from ..parts.number_field import NumberField
from ..rows.coordinate_row import CoordinateRow
from .panel import Panel

__all__ = ["LandscapePanel"]

SPEEDS = [(f"{speed:g} steps/s", speed) for speed in (5.0, 20.0, 60.0, 200.0)]


class LandscapePanel(Panel):
    """Choose a landscape, an optimizer and an lr for x and for y; play, and compare paths.

    The start is typed, or set by a click on the picture. A moved slider counts from the next step;
    another landscape, start or optimizer begins again. Everything the panel does can be done from
    Python, by ``panel.controller``.

    Args:
        landscape: one, or its name in `LANDSCAPES`.
        options: as those of `LandscapeController`.

    Raises:
        KeyError, TypeError, ValueError: for what can't be, naming the coordinate.

    >>> LandscapePanel("beale", optimizers=("SGD", "Adam"), lrs=(0.01, 0.1))
    LandscapePanel(Beale's function, x: SGD, lr 0.01; y: Adam, lr 0.1)

    Source: the document's sections on an lr and an optimizer for each group, for groups of one
    number each.
    """

    def __init__(self, landscape: Landscape | str = "quadratic", **options: Any) -> None:
        self.controller = controller = LandscapeController(landscape, **options)
        super().__init__(controller.on_loop, 1 / controller.frame)
        self._hearing = True  # not while this panel sets its own widgets
        self.play = self._button("Play", "play", self._play_or_pause, "", "primary")
        self.step = self._button("Step", "step-forward", controller.step, "one step")
        self.reset = self._button("Reset", "undo", controller.reset, "back to the start")
        self.keep = self._button(
            "Keep this run", "thumb-tack", controller.keep, "leave its path here and begin another"
        )
        self.clear = self._button("Clear kept runs", "eraser", controller.clear, "only this run")
        own = [one for one in [controller.landscape] if one not in LANDSCAPES.values()]
        self.landscape = self._choice(
            "Landscape",
            [(each.name, each) for each in (*own, *LANDSCAPES.values())],
            controller.landscape,
            controller.set_landscape,
        )
        self.speed = self._choice(
            "Speed",
            SPEEDS,
            controller.speed,
            lambda speed: setattr(controller, "speed", speed),
        )
        self.start = [self._start_box(i) for i in (0, 1)]
        self.rows = [CoordinateRow(controller, i, self.later) for i in (0, 1)]
        self.status = widgets.HTML(layout=widgets.Layout(margin="0", min_height="22px"))
        self._live = LiveLandscape(controller.landscape)
        self._png = b""
        self._drawn: object = None
        self.map = ClickablePicture(PictureView(), self._live.size, self._click, "begin here")
        buttons = (self.play, self.step, self.reset, self.keep, self.clear)
        self.begin(
            [
                line(*buttons),
                line(self.landscape, *self.start, self.speed),
                *self.rows,
                self.status,
                self.message,
                self.map,
            ]
        )
        controller.on_frame.append(self.show)

    # ---- parts ----

    def _button(
        self, label: str, icon: str, action: Callable[[], object], tooltip: str, style: str = ""
    ) -> widgets.Button:
        made = button(label, icon, tooltip, style)
        made.on_click(lambda _: self.later(action))
        return made

    def _choice(
        self,
        label: str,
        options: Sequence[Any],
        value: Any,
        choose: Callable[[Any], object],
    ) -> widgets.Dropdown:
        made = widgets.Dropdown(
            options=options,
            value=value,
            description=label,
            style={"description_width": "initial"},
            layout=widgets.Layout(
                width=room(label, options), max_width="100%", margin="2px 8px 2px 0"
            ),
        )
        made.observe(lambda change: self._heard(lambda: choose(change["new"])), "value")
        return made

    def _start_box(self, coordinate: int) -> NumberField:
        name = "xy"[coordinate]

        def entered(value: float) -> None:
            start = list(self.controller.start)
            start[coordinate] = value
            self.controller.set_start(*start)

        return NumberField(
            self.controller.start[coordinate],
            f"Start {name}" if coordinate == 0 else name,
            f"Start {name}" if coordinate == 0 else f"{name} of the start",
            entered,
            self.later,
            step=0.1,
            width="112px" if coordinate == 0 else "84px",
            margin="2px 8px 2px 0",
        )

    # ---- acting ----

    def _heard(self, action: Callable[[], object]) -> None:
        if self._hearing:
            self.later(action)

    def _click(self, across: float, down: float) -> None:
        point = self._live.chart.point(across, down)
        if point is not None:
            x, y = (float(f"{value:.3g}") for value in point)
            self.later(lambda: self.controller.set_start(x, y))

    def _play_or_pause(self) -> None:
        if self.controller.playing:
            self.controller.pause()
        else:
            self.controller.play()

    # ---- showing ----

    def look(self) -> object:
        """Return all that the panel shows, as plain values to be compared."""
        controller = self.controller
        runs = [(id(run), run.steps, run.left, run.label()) for run in controller.runs]
        return (
            runs,
            controller.lrs,
            controller.speed,
            controller.playing,
            controller.player.error,
            (controller.player.notice),
        )

    def refresh(self) -> None:
        """Show everything as it is now."""
        controller = self.controller
        self._hearing = False
        try:
            self.landscape.value, self.speed.value = controller.landscape, controller.speed
            for box, value in zip(self.start, controller.start, strict=True):
                box.show(value)
        finally:
            self._hearing = True
        for row in self.rows:
            row.show()
        playing = controller.playing
        self.play.description, self.play.icon = ("Pause", "pause") if playing else ("Play", "play")
        self.step.disabled = playing or controller.over
        self.keep.disabled = not controller.can_keep
        shown(self.clear, bool(controller.kept))
        self.status.value = text(controller.place())
        self._draw()

    def _draw(self) -> None:
        """Draw the runs, if they have changed."""
        runs = self.controller.runs
        landscape = self.controller.landscape
        now = [landscape, *((run, run.steps, run.label()) for run in runs)]
        if now != self._drawn:
            self._drawn = now
            if self._live.chart.landscape is not landscape:
                self._live = LiveLandscape(landscape)
            self._png = self._live.update(runs)
            self.map.picture.draw(self._png, describe_runs(landscape, runs))

    def sight(self, seen: bool) -> None:
        """Let a run that can't be seen anywhere any more pause."""
        self.controller.sight(seen)

    def words_of_message(self) -> str:
        """Return what was refused, or stopped the run."""
        if self._wrong is None and self.controller.player.error:
            return alert("Stopped by an error:", self.controller.player.error)
        if self._wrong is None and self.controller.player.notice:
            return alert("Paused:", self.controller.player.notice)
        return super().words_of_message()

    def picture(self) -> bytes:
        """Return the landscape with its paths as they are now."""
        self._draw()
        return self._png

    def words(self) -> str:
        """Return the landscape's name and what moves each coordinate."""
        return f"{self.controller.landscape.name}, {'; '.join(self.controller.run.label())}"

    def close(self) -> None:
        """Stop playing and close every widget of the panel."""
        self.controller.close()
        super().close()
