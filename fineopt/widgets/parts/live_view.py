"""Live figures as widgets, with a static picture for saved notebooks."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

import ipywidgets as widgets

from ...figures import LiveFigure, describe

__all__ = ["FigureView", "PictureView", "with_picture"]


class PictureView(widgets.HTML):
    """Displays a picture with alt text.

    Unlike an Image widget, an ``<img>`` whose source changes does not flash a blank frame.
    """

    def __init__(self) -> None:
        super().__init__(layout=widgets.Layout(width="100%", max_width="880px", margin="0"))

    def draw(self, png: bytes, alt_text: str) -> None:
        """Display a PNG."""
        picture = base64.b64encode(png).decode()
        self.value = (
            f'<img alt="{escape(alt_text, quote=True)}" style="display:block;width:100%;'
            f'max-width:880px;height:auto" src="data:image/png;base64,{picture}">'
        )


class FigureView(PictureView):
    """Displays a LiveFigure as an image; ``refresh`` redraws it from its record."""

    def __init__(self, figure: LiveFigure) -> None:
        self.figure = figure
        super().__init__()
        self.refresh()

    def refresh(self) -> None:
        """Redraw the figure from the current record."""
        figure = self.figure
        self.draw(figure.update(), describe(figure.record, figure.watched, figure.view))


def with_picture(bundle: dict[str, Any], png: bytes, text: str) -> dict[str, Any]:
    """Add a picture and plain text to a widget's output, for readers without a kernel."""
    return {**bundle, "image/png": base64.b64encode(png).decode(), "text/plain": text}
