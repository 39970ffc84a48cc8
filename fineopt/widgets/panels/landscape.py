"""The landscape panel: two coordinates, each with its optimizer and its learning rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ...control.changes import ChangeDetector
from ...control.landscape import LandscapeController
from ...figures import landscape as landscape_figure
from ...figures.renderer.picture import png
from ...landscape import LANDSCAPES, Landscape
from ...language import say, translated
from ...scenes.alt_text import describe_runs
from ...scenes.charts.landscape import landscape_chart
from ...scenes.scene import Scene
from ..fields.number_field import NumberField
from ..live import SceneView
from ..parts.echo import EchoGuard
from ..parts.html import dropdown_width, paragraph, set_displayed, wrapping_row
from ..parts.run_options import speed_options
from ..rows.coordinate_row import CoordinateRow
from .run_panel import RunPanel

__all__ = ["LandscapePanel"]

SPEEDS = (5.0, 20.0, 60.0, 200.0)
MARGIN = "2px 8px 2px 0"


class LandscapePanel(RunPanel):
    """Choose a landscape, and an optimizer and an lr for x and for y; play and compare paths.

    The start is typed, or dropped on the map with the pointer. A moved slider takes effect at the
    next step; another landscape, start or optimizer restarts the run. Everything that the panel
    does is available in Python, as ``panel.controller``.

    Args:
        landscape: a landscape, or its name in `LANDSCAPES`.
        options: passed to `LandscapeController`.

    Raises:
        KeyError, TypeError, ValueError: if an argument is invalid, naming the coordinate.

    >>> LandscapePanel("beale", optimizers=("SGD", "Adam"), lrs=(0.01, 0.1))
    LandscapePanel(Beale's function, x: SGD, lr 0.01; y: Adam, lr 0.1)

    Source: the document's sections on an lr and an optimizer for each group, for groups of one
    number each.
    """

    controller: LandscapeController

    def __init__(self, landscape: Landscape | str = "quadratic", **options: Any) -> None:
        controller = LandscapeController(landscape, **options)
        super().__init__(controller, 1 / controller.frame)
        self._echo, self._drawing = EchoGuard(), ChangeDetector()
        self.step = self.button(say("Step"), "step-forward", controller.step, say("take one step"))
        self.reset = self.button(
            say("Reset"), "undo", controller.reset, say("go back to the start")
        )
        self.keep = self.button(
            say("Keep this run"),
            "thumb-tack",
            controller.keep,
            say("keep its path and start another run"),
        )
        self.clear = self.button(
            say("Clear kept runs"),
            "eraser",
            controller.clear,
            say("show only the current run"),
        )
        own = [one for one in [controller.landscape] if one not in LANDSCAPES.values()]
        self.landscape = self._choice(
            say("Landscape"),
            [(translated(each.name), each) for each in (*own, *LANDSCAPES.values())],
            controller.landscape,
            controller.set_landscape,
        )
        self.speed = self._choice(
            say("Speed"),
            speed_options(SPEEDS),
            20.0,
            lambda speed: setattr(controller, "speed", speed or None),
        )
        self.start = [self._start_field(i) for i in (0, 1)]
        self.rows = [CoordinateRow(controller, i, self.submit) for i in (0, 1)]
        self.status = widgets.HTML(layout=widgets.Layout(margin="0", min_height="22px"))
        self.map = SceneView(
            self._scene,
            self._describe,
            controller.actions,
            drop=self._start_at,
            charge=controller.charge,
        )
        buttons = (self.play, self.step, self.reset, self.keep, self.clear)
        self.begin(
            [
                wrapping_row(*buttons),
                wrapping_row(self.landscape, *self.start, self.speed),
                *self.rows,
                self.status,
                self.message,
                self.map,
            ]
        )
        controller.on_frame.append(self.show)

    # ---- parts ----

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
                width=dropdown_width(label, options), max_width="100%", margin=MARGIN
            ),
        )
        self._echo.observe(made, lambda new: self.submit(lambda: choose(new)))
        return made

    def _start_field(self, coordinate: int) -> NumberField:
        name = "xy"[coordinate]

        def set_start(value: float) -> None:
            start = list(self.controller.start)
            start[coordinate] = value
            self.controller.set_start(*start)

        return NumberField(
            self.controller.start[coordinate],
            say("Start {name}", name=name) if coordinate == 0 else name,
            say("Start {name}" if coordinate == 0 else "{name} of the start", name=name),
            set_start,
            self.submit,
            step=0.1,
            width="112px" if coordinate == 0 else "84px",
            margin=MARGIN,
        )

    def _start_at(self, x: float, y: float) -> None:
        """Start where the pointer was pressed, or is dragged."""
        x, y = (float(f"{value:.3g}") for value in (x, y))
        self.submit(lambda: self.controller.set_start(x, y))

    # ---- showing ----

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        controller = self.controller
        runs = [(id(run), run.steps, run.left, run.label()) for run in controller.runs]
        return runs, controller.lrs, self.run_key()

    def refresh(self) -> None:
        """Show the current state."""
        controller = self.controller
        with self._echo:
            self.landscape.value = controller.landscape
            self._show_speed()
            for field, value in zip(self.start, controller.start, strict=True):
                field.show(value)
        for row in self.rows:
            row.show()
        self.show_playing()
        self.step.disabled = controller.playing or controller.over
        self.keep.disabled = not controller.can_keep
        set_displayed(self.clear, bool(controller.kept))
        self.status.value = paragraph(controller.place())
        self._draw()

    def _show_speed(self) -> None:
        now = self.controller.speed or 0.0  # a Dropdown shows no None
        speeds = speed_options(SPEEDS if now in SPEEDS else (*SPEEDS, now))  # or set in code
        if list(self.speed.options) != speeds:
            self.speed.options = speeds
        self.speed.value = now

    def _draw(self) -> None:
        """Draw the runs if they have changed."""
        controller = self.controller
        runs = [(run, run.steps, run.label()) for run in controller.runs]
        if self._drawing.changed([controller.landscape, controller.playing, *runs]):
            self.map.refresh(final=not controller.playing)

    def _scene(self) -> Scene:
        return {"map": landscape_chart(self.controller.landscape, self.controller.runs)}

    def _describe(self) -> str:
        return describe_runs(self.controller.landscape, self.controller.runs)

    def picture(self) -> bytes:
        """Return the landscape with its current paths."""
        return png(landscape_figure(self.controller.landscape, self.controller.runs))

    def alt_text(self) -> str:
        """Describe the landscape and its paths."""
        return self._describe()

    def summary_text(self) -> str:
        """Describe the landscape, and the optimizer and lr of each coordinate."""
        label = "; ".join(self.controller.run.label())
        return translated(self.controller.landscape.name) + say(", ") + label
