"""Growing curves drawn in pieces: each finished piece is drawn once and kept.

The cost of a frame is therefore independent of the number of points. A static figure draws the same
pieces in the same order, which gives the same pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from numpy.typing import ArrayLike

from ...scenes.style import Dash

__all__ = ["Area", "Curve", "Curves", "Dots"]

PIECE = 32  # points
SLACK = 6  # points at the end that may still change, such as those of means
OVERLAP = 2  # points shared by consecutive pieces of an area: more than a pixel


class Curve:
    """A line through points of shape (points, 2) in data coordinates; NaN makes a gap.

    Args:
        colour: any matplotlib colour.
        width: in points (1/72 inch).
        dash: a line style, as returned by `style.dash`.
        level: whether the line is mostly level, so that it is sharpest on whole pixels.
    """

    def __init__(
        self, colour: Any, width: float = 0.0, dash: Dash = "solid", level: bool = False
    ) -> None:
        self.colour = to_rgba(colour)
        self.width = width
        self.dash = [] if isinstance(dash, str) else [width * length for length in dash[1]]
        self.snap = None if level else False  # None: if all segments are horizontal or vertical
        self.points = np.empty((0, 2))

    def set(self, *columns: ArrayLike) -> None:
        """Set the columns of all points."""
        self.points = np.column_stack(columns)

    def draw(self, renderer: Any, gc: Any, transform: Any, first: int, last: int) -> None:
        """Draw the piece between two points."""
        points = self.points[first : last + 1]
        if len(points) < 2:
            return
        gc.set_snap(self.snap)
        gc.set_linewidth(self.width)
        gc.set_foreground(self.colour, isRGBA=True)
        gc.set_capstyle("butt" if self.dash else "round")  # round: no notch between pieces
        gc.set_dashes(*(self._dashes(renderer, transform, first) if self.dash else (0, None)))
        renderer.draw_path(gc, Path(points), transform)

    def _dashes(self, renderer: Any, transform: Any, first: int) -> tuple[float, list[float]]:
        """Return the dash pattern, continued from the pieces up to a point."""
        if first == 0:
            return 0, self.dash
        steps = np.diff(transform.transform(self.points[: first + 1]), axis=0)
        length = float(np.nansum(np.hypot(*steps.T))) / renderer.points_to_pixels(1.0)
        return length % sum(self.dash), self.dash


class Area(Curve):
    """The area between two lines; points of shape (points, 3) hold x, the lower and the upper y.

    Drawing an area costs a sixth of a line that oscillates within it.
    """

    def draw(self, renderer: Any, gc: Any, transform: Any, first: int, last: int) -> None:
        """Draw the piece between two points and a little more, so that no seam is visible."""
        points = self.points[first : last + 1 + OVERLAP]
        gc.set_snap(False)
        gc.set_linewidth(0)
        finite = np.isfinite(points).all(axis=1)
        for run in np.split(points, np.flatnonzero(np.diff(finite)) + 1):
            if len(run) and np.isfinite(run[0]).all():
                outline = np.concatenate([run[:, :2], run[::-1, ::2]])
                renderer.draw_path(gc, Path(outline), transform, self.colour)


class Dots(Curve):
    """A marker at each point.

    Args:
        fill: the face colour.
        edge: the edge colour.
        size: in points.
        rim: the edge width in points.
        shape: a matplotlib marker.
    """

    def __init__(
        self, fill: Any, edge: Any, size: float, rim: float = 1.3, shape: str = "o"
    ) -> None:
        super().__init__(edge, rim)
        self.fill, self.size = to_rgba(fill), size
        marker = MarkerStyle(shape)
        self._outline, self._unit = marker.get_path(), marker.get_transform()

    def draw(self, renderer: Any, gc: Any, transform: Any, first: int, last: int) -> None:
        """Draw the markers of some points."""
        points = self.points[first:last]
        if not len(points):
            return
        gc.set_snap(False)
        gc.set_linewidth(self.width)
        gc.set_foreground(self.colour, isRGBA=True)
        gc.set_dashes(0, None)
        size = self._unit + Affine2D().scale(renderer.points_to_pixels(self.size))
        renderer.draw_markers(gc, self._outline, size, Path(points), transform, self.fill)


class Curves(Artist):
    """All curves of one chart, lowest first, as an artist that can be drawn in pieces."""

    def __init__(self, axes: Axes, zorder: float) -> None:
        super().__init__()
        self.set_zorder(zorder)
        axes.add_artist(self)
        self._axes = axes
        self.curves: list[Curve] = []
        self.drawn = 0  # the number of pieces drawn so far
        self._kept = 0  # pieces
        self._kept_points: list[bytes] = []  # the points of these pieces

    def add(self, curve: Curve) -> Curve:
        """Add a curve above the others."""
        self.curves.append(curve)
        return curve

    def is_current(self) -> bool:
        """Return whether the kept pieces are still up to date."""
        return self._points(self._kept) == self._kept_points

    def reset(self) -> None:
        """Discard the kept pieces."""
        self._kept, self._kept_points = 0, self._points(0)

    def finish(self, renderer: Any) -> bool:
        """Draw and keep newly finished pieces; return whether there are any."""
        finished = max((self._length() - 1 - SLACK) // PIECE, self._kept)
        self._draw_pieces(renderer, self._kept, finished)
        more = finished > self._kept
        if more:
            self._kept, self._kept_points = finished, self._points(finished)
        return more

    def draw_rest(self, renderer: Any) -> None:
        """Draw the pieces that are not kept."""
        self._draw_pieces(renderer, self._kept, -(-(self._length() - 1) // PIECE))

    def draw(self, renderer: Any) -> None:
        """Draw all pieces."""
        if self.get_visible():
            self._draw_pieces(renderer, 0, -(-(self._length() - 1) // PIECE))

    def _length(self) -> int:
        return max((len(curve.points) for curve in self.curves), default=0)

    def _points(self, pieces: int) -> list[bytes]:
        end = pieces * PIECE + 1 + OVERLAP if pieces else 0
        return [curve.points[:end].tobytes() for curve in self.curves]

    def _draw_pieces(self, renderer: Any, first: int, last: int) -> None:
        if first >= last:
            return
        transform = self._axes.transData.get_affine()
        gc = renderer.new_gc()
        gc.set_clip_rectangle(self._axes.bbox)
        gc.set_joinstyle("round")
        for piece in range(first, last):
            for curve in self.curves:
                curve.draw(renderer, gc, transform, piece * PIECE, (piece + 1) * PIECE)
        self.drawn += last - first
        gc.restore()
