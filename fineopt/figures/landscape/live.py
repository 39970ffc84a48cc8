"""A landscape and its runs, drawn frame by frame as PNG bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist

from fineopt.landscape import Landscape, Run

from ..rendering.png import Encoder
from .chart import FIGSIZE, LandscapeChart


class LiveLandscape:
    """A landscape chart, redrawn as its newest run continues. Static parts are drawn once.

    Args:
        landscape: the landscape of the runs.
        figsize: in inches at 100 dpi.

    Attributes:
        chart: the `LandscapeChart` that is drawn.
        redraws: the number of times the runs before the newest were drawn.

    >>> from fineopt.landscape import find_landscape
    >>> LiveLandscape(find_landscape("beale")).update([Run("beale")])[1:4]
    b'PNG'
    """

    def __init__(self, landscape: Landscape, figsize: tuple[float, float] = FIGSIZE) -> None:
        self.chart = LandscapeChart(landscape, figsize)
        self.redraws = 0
        canvas: Any = self.chart.figure.canvas  # Agg; its base class cannot draw
        canvas.draw()
        self._canvas, self._whole = canvas, self.chart.figure.bbox
        self._contours = self._ground = canvas.copy_from_bbox(self._whole)
        self._encoder = Encoder()
        self._key: object = ()  # of all runs but the newest, which are part of the ground

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return round(self._whole.width), round(self._whole.height)

    def update(self, runs: Sequence[Run]) -> bytes:
        """Draw the current state of the runs and return the picture as a PNG."""
        self.chart.update(runs)
        *older, newest = self.chart.layers or [[]]
        key = [(run, run.steps, run.label()) for run in runs[:-1]]
        if key != self._key:
            self._key = key
            self.redraws += 1
            self._draw(self._contours, [artist for layer in older for artist in layer])
            self._ground = self._canvas.copy_from_bbox(self._whole)
        self._draw(self._ground, newest)
        return self._encoder.encode(np.asarray(self._canvas.buffer_rgba()))

    def _draw(self, ground: Any, artists: Sequence[Artist]) -> None:
        self._canvas.restore_region(ground)
        for artist in artists:
            artist.draw(self._canvas.get_renderer())
