"""A picture that tells where it is clicked, made of ipywidgets alone.

No ipywidget reports a click's place. But an HTML widget may hold an element with a handler, and a
handler may type into a Text widget, which reports to Python what is typed. So a pane of glass lies
over the picture: it stays while pictures change below it, so that no click is lost in between, and
types the place of a click, as shares of its width and height, into a Text that is not displayed.
Where a page forbids such handlers nothing happens: a panel also needs another, typed, way.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from .live_view import PictureView

__all__ = ["ClickablePicture"]

CELL = "1 / 1 / 2 / 2"  # of the grid: picture and glass lie on each other
ON_CLICK = """
const glass = this.getBoundingClientRect();
const told = this.closest('.fineopt-clickable').querySelector('input');
const across = (event.clientX - glass.left) / glass.width;
const down = (event.clientY - glass.top) / glass.height;
told.value = across + ' ' + down;
told.dispatchEvent(new Event('change', {bubbles: true}));
"""


class ClickablePicture(widgets.GridBox):
    """A picture, and a function that is called with the place of each click on it.

    Args:
        picture: as wide as the panel.
        size: its width and height in pixels; only their ratio counts.
        clicked: called with shares of the width, from the left, and of the height, from the top.
        tooltip: says what a click does.

    >>> box = ClickablePicture(PictureView(), (880, 500), print, "click to set the start")
    >>> box.told.value = "0.25 0.5"
    0.25 0.5
    """

    def __init__(
        self,
        picture: PictureView,
        size: tuple[int, int],
        clicked: Callable[[float, float], object],
        tooltip: str,
    ) -> None:
        self.picture, self._clicked = picture, clicked
        picture.layout.grid_area = CELL
        width, height = size
        self.glass = widgets.HTML(
            f'<div onclick="{escape(ON_CLICK)}" title="{escape(tooltip)}" aria-hidden="true" '
            f'style="aspect-ratio:{width}/{height};cursor:crosshair"></div>',
            layout=widgets.Layout(grid_area=CELL, margin="0"),
        )
        self.told = widgets.Text(continuous_update=False, layout=widgets.Layout(display="none"))
        self.told.observe(self._hear, "value")
        super().__init__(
            [picture, self.glass, self.told],
            layout=widgets.Layout(grid_template_columns="100%", width="100%", margin="0"),
        )
        self.add_class("fineopt-clickable")

    def _hear(self, change: dict[str, Any]) -> None:
        if change["new"]:
            across, down = map(float, change["new"].split())
            self.told.value = ""  # so that a second click at the same place is heard too
            self._clicked(across, down)
