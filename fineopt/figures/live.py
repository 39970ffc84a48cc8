"""An overview of a growing record, drawn frame by frame as PNG bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fineopt.recorder import Record

from ..scenes.views import View, Watch, check_view, watched_names
from .charts.grad_sums import Which
from .charts.layers import Layers
from .overview import Overview
from .rendering.png import Encoder
from .single import Size


class LiveFigure:
    """The figure of `overview`, redrawn as its record grows, in a few milliseconds per frame.

    Static parts are drawn once and kept; a frame draws only the moving curves over them. The
    record, the watched parameters, their view, and whether changes are marked can be set at any
    time and take effect at the next `update`. Not thread-safe.

    Args:
        record: the record to follow. It may be cleared, and groups may be added.
        watch: the parameter to watch, or up to four; if None, the first that is in a group.
        view: how to show them, as in `overview`.
        which: gradient sums over the ``'epoch'`` or of its ``'last'`` batch.
        marks: whether to mark changes of a learning rate.
        figsize: in inches at 100 dpi.

    Attributes:
        overview: the `Overview` that is drawn.
        redraws: the number of times the axes of a chart, the expensive part, were drawn.
        png: the PNG returned by the last `update`.

    Raises:
        KeyError: if a parameter is unknown.
        ValueError: if the view is unknown, or if there are too many parameters.

    >>> live = LiveFigure(Record({'w': 0}, ['all']))
    >>> live.update()[1:4], live.watch
    (b'PNG', 'w')
    """

    def __init__(
        self,
        record: Record,
        watch: Watch | None = None,
        *,
        view: View = "lines",
        which: Which = "epoch",
        marks: bool = True,
        figsize: Size | None = None,
    ) -> None:
        self._settings: dict[str, Any] = {
            "record": record, "watch": watched_names(record, watch), "which": which,
            "marks": marks, "figsize": figsize, "view": view,
        }  # fmt: skip
        self.redraws = 0
        self.png = b""
        self._encoder = Encoder()
        self._build()

    def _build(self) -> None:
        self.overview = Overview(**self._settings)
        canvas: Any = self.overview.figure.canvas  # Agg; its base class cannot draw
        self._canvas = canvas
        self.overview.figure.patch.draw(canvas.get_renderer())
        cells = zip(self.overview.charts, self.overview.cells(), strict=True)
        self._layers = [Layers(chart, canvas, cell) for chart, cell in cells]
        self._stale = False

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of the watched parameters."""
        names: tuple[str, ...] = self._settings["watch"]
        return names

    @property
    def watch(self) -> str | tuple[str, ...]:
        """The watched parameter, or a tuple if there are two or more.

        Set it to one name or to a sequence of names. Raises KeyError if a name is unknown.
        """
        names = self.watched
        return names[0] if len(names) == 1 else names

    @watch.setter
    def watch(self, watch: Watch) -> None:
        self._set("watch", watched_names(self.record, watch))

    @property
    def record(self) -> Record:
        """The record to follow. Another record must contain the watched parameters."""
        record: Record = self._settings["record"]
        return record

    @record.setter
    def record(self, record: Record) -> None:
        for name in self.watched:
            if name not in record.parameters:
                raise KeyError(f"the watched parameter {name!r} is not in this record")
        self._set("record", record)

    @property
    def view(self) -> View:
        """How the watched parameters are shown. Raises ValueError if set to an unknown view."""
        view: View = self._settings["view"]
        return view

    @view.setter
    def view(self, view: View) -> None:
        check_view(view)
        self._set("view", view)

    @property
    def marks(self) -> bool:
        """Whether changes of a learning rate are marked."""
        return bool(self._settings["marks"])

    @marks.setter
    def marks(self, shown: bool) -> None:
        self._set("marks", shown)

    def _set(self, name: str, value: object) -> None:
        self._stale |= self._settings[name] != value
        self._settings[name] = value

    def update(self) -> bytes:
        """Draw the current state of the record and return the picture as a PNG."""
        if self.overview.summary.update() or self._stale:
            self._build()
        keys = self.overview.update()
        for layers, key in zip(self._layers, keys, strict=True):
            self.redraws += layers.draw(key)
        self.png = self._encoder.encode(np.asarray(self._canvas.buffer_rgba()))
        return self.png
