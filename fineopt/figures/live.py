"""An overview that follows a growing record, frame by frame, as PNG bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fineopt.recorder import Record

from .charts.grad_sums import Which
from .charts.layers import Layers
from .overview import Overview, Size
from .png import Encoder
from .views import View, Watch, check_view, watched


class LiveFigure:
    """The figure of `overview`, redrawn as its record grows, at a few milliseconds a frame.

    What stands still is drawn once and kept; a frame draws only the moving curves over it. The
    record, the watched parameters, their view and whether changes are marked may be set at any
    time, and count from the next `update`. Not for several threads at once.

    Args:
        record: what to follow. It may be cleared, and groups may be added.
        watch: the parameter to look at, or up to four; the first that is in a group, if None.
        view: how they are looked at, as in `overview`.
        which: gradient sums over the ``'epoch'`` or of its ``'last'`` batch.
        marks: whether changes of an lr are marked.
        figsize: in inches at 100 dpi.

    Raises:
        KeyError: if no parameter is called ``watch``.
        ValueError: if there is no such view, or for too many parameters.

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
            "record": record, "watch": watched(record, watch), "which": which, "marks": marks,
            "figsize": figsize, "view": view,
        }  # fmt: skip
        self.redraws = 0  # how often a chart's axes, the costly part, were drawn
        self.png = b""
        self._encoder = Encoder()
        self._build()

    def _build(self) -> None:
        self._overview = Overview(**self._settings)
        canvas: Any = self._overview.figure.canvas  # an Agg canvas: its base class draws nothing
        self._canvas = canvas
        self._overview.figure.patch.draw(self._canvas.get_renderer())
        cells = zip(self._overview.charts, self._overview.cells(), strict=True)
        self._layers = [Layers(chart, self._canvas, cell) for chart, cell in cells]
        self._stale = False

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of the parameters that are looked at."""
        names: tuple[str, ...] = self._settings["watch"]
        return names

    @property
    def watch(self) -> str | tuple[str, ...]:
        """The parameter that is looked at; a tuple if there are several.

        Set it to one name or to several. An unknown one raises KeyError.
        """
        names = self.watched
        return names[0] if len(names) == 1 else names

    @watch.setter
    def watch(self, watch: Watch) -> None:
        self._set("watch", watched(self.record, watch))

    @property
    def record(self) -> Record:
        """The record that is followed. Another one must have the watched parameters too."""
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
        """How the parameter is looked at. Setting an unknown view raises ValueError."""
        view: View = self._settings["view"]
        return view

    @view.setter
    def view(self, view: View) -> None:
        check_view(view)
        self._set("view", view)

    @property
    def marks(self) -> bool:
        """Whether changes are marked."""
        return bool(self._settings["marks"])

    @marks.setter
    def marks(self, shown: bool) -> None:
        self._set("marks", shown)

    def _set(self, name: str, value: object) -> None:
        self._stale |= self._settings[name] != value
        self._settings[name] = value

    def update(self) -> bytes:
        """Draw the record as it is now and return the picture as a PNG."""
        if self._overview.digest.update() or self._stale:
            self._build()
        keys = self._overview.update()
        for layers, key in zip(self._layers, keys, strict=True):
            self.redraws += layers.draw(key)
        self.png = self._encoder.encode(np.asarray(self._canvas.buffer_rgba()))
        return self.png
