"""A picture that reports where it is clicked, built from ipywidgets alone.

No ipywidget reports the position of a click. However, an HTML widget may contain an element with an
event handler, and a handler may fill in a Text widget, which notifies Python. A transparent overlay
covers the picture and stays in place while the picture below it is replaced, so that no click is
lost. It writes the position of a click, as fractions of its width and height, into a hidden Text.
If a page forbids such handlers, a click does nothing: a panel must also offer text input.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from .live_view import PictureView

__all__ = ["ClickablePicture"]

CELL = "1 / 1 / 2 / 2"  # grid area of both the picture and the overlay
ON_CLICK = """
const overlay = this.getBoundingClientRect();
const position = this.closest('.fineopt-clickable').querySelector('input');
const across = (event.clientX - overlay.left) / overlay.width;
const down = (event.clientY - overlay.top) / overlay.height;
position.value = across + ' ' + down;
position.dispatchEvent(new Event('change', {bubbles: true}));
"""


class ClickablePicture(widgets.GridBox):
    """A picture that calls a function with the position of each click.

    Args:
        picture: the picture, as wide as the panel.
        size: its width and height in pixels; only their ratio matters.
        on_click: called with the position, as fractions of the width and height from the top left.
        tooltip: describes what a click does.

    >>> box = ClickablePicture(PictureView(), (880, 500), print, "click to set the start")
    >>> box.position.value = "0.25 0.5"
    0.25 0.5
    """

    def __init__(
        self,
        picture: PictureView,
        size: tuple[int, int],
        on_click: Callable[[float, float], object],
        tooltip: str,
    ) -> None:
        self.picture, self._on_click = picture, on_click
        picture.layout.grid_area = CELL
        width, height = size
        self.overlay = widgets.HTML(
            f'<div onclick="{escape(ON_CLICK)}" title="{escape(tooltip)}" aria-hidden="true" '
            f'style="aspect-ratio:{width}/{height};cursor:crosshair"></div>',
            layout=widgets.Layout(grid_area=CELL, margin="0"),
        )
        self.position = widgets.Text(continuous_update=False, layout=widgets.Layout(display="none"))
        self.position.observe(self._position_changed, "value")
        super().__init__(
            [picture, self.overlay, self.position],
            layout=widgets.Layout(grid_template_columns="100%", width="100%", margin="0"),
        )
        self.add_class("fineopt-clickable")

    def _position_changed(self, change: dict[str, Any]) -> None:
        if change["new"]:
            across, down = map(float, change["new"].split())
            self.position.value = ""  # so that another click at the same position is a change too
            self._on_click(across, down)
