"""A live figure as a widget, with a picture that stays in a saved notebook."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

import ipywidgets as widgets

from ...figures import LiveFigure, describe

__all__ = ["FigureView", "PictureView", "with_picture"]


class PictureView(widgets.HTML):
    """Shows a picture, and words for who can't see it.

    An ``<img>`` whose source changes shows no blank frame in between, unlike an Image widget.
    """

    def __init__(self) -> None:
        super().__init__(layout=widgets.Layout(width="100%", max_width="880px", margin="0"))

    def draw(self, png: bytes, words: str) -> None:
        """Show a PNG from now on."""
        picture = base64.b64encode(png).decode()
        self.value = (
            f'<img alt="{escape(words, quote=True)}" style="display:block;width:100%;'
            f'max-width:880px;height:auto" src="data:image/png;base64,{picture}">'
        )


class FigureView(PictureView):
    """Shows a LiveFigure as an image; ``refresh`` draws its record as it is now."""

    def __init__(self, figure: LiveFigure) -> None:
        self.figure = figure
        super().__init__()
        self.refresh()

    def refresh(self) -> None:
        """Draw the record as it is now."""
        figure = self.figure
        self.draw(figure.update(), describe(figure.record, figure.watched, figure.view))


def with_picture(bundle: dict[str, Any], png: bytes, words: str) -> dict[str, Any]:
    """Add to a widget's output what a reader without a kernel sees: a picture, and words."""
    return {**bundle, "image/png": base64.b64encode(png).decode(), "text/plain": words}
