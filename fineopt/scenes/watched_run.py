"""The scene of a growing record, and what is watched in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fineopt.recorder import Record

from ..language import list_names, say
from .alt_text import describe
from .charts.behind import Behind
from .charts.branches import Track
from .run_scene import run_scene
from .scene import Scene
from .summary import Summary
from .views import View, Watch, check_view, watched_names

__all__ = ["WatchedRun"]


class WatchedRun:
    """What a live view shows of a record. Anything may be set at any time.

    Args:
        record: the record to follow. It may be cleared, and groups may be added.
        watch: the parameter to watch, or up to four; if None, the first that is in a group.
        view: how to show them: as ``'lines'`` of their elements, as the ``'path'`` of all elements,
            by the ``'ratio'`` of updates, or by the ``'histogram'`` of elements.
        marks: whether to mark changes of a learning rate.

    Raises:
        KeyError: if a parameter is unknown.
        ValueError: if the view is unknown, or if there are too many parameters.

    >>> run = WatchedRun(Record({"w": 0}, ["all"]))
    >>> run.watch, list(run.scene())
    ('w', ['loss', 'rate', 'watched', 'grad'])
    """

    def __init__(
        self,
        record: Record,
        watch: Watch | None = None,
        *,
        view: View = "lines",
        marks: bool = True,
    ) -> None:
        self.watched = watched_names(record, watch)
        self.marks = marks
        self.view = view
        self._summary = Summary(record)
        self.name, self.tracks = "", tuple[Track, ...]()  # the branch, and those behind it
        self._behind = Behind()

    def put_behind(self, name: str, tracks: Sequence[Track]) -> None:
        """Draw other branches behind the run from now on.

        Args:
            name: of the branch on which the run is.
            tracks: the others, each from where it parted.
        """
        self.name, self.tracks = name, tuple(tracks)

    @property
    def watch(self) -> str | tuple[str, ...]:
        """The watched parameter, or a tuple if there are two or more.

        Set it to one name or to a sequence of names. Raises KeyError if a name is unknown.
        """
        return self.watched[0] if len(self.watched) == 1 else self.watched

    @watch.setter
    def watch(self, watch: Watch) -> None:
        self.watched = watched_names(self.record, watch)

    @property
    def view(self) -> View:
        """How the watched parameters are shown. Raises ValueError if set to an unknown view."""
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        check_view(view)
        self._view = view

    @property
    def record(self) -> Record:
        """The record to follow. Another record must contain the watched parameters."""
        return self._summary.record

    @record.setter
    def record(self, record: Record) -> None:
        if record is self._summary.record:
            return
        for name in self.watched:
            if name not in record.parameters:
                raise KeyError(f"the watched parameter {name!r} is not in this record")
        self._summary = Summary(record)

    def key(self) -> tuple[Any, ...]:
        """Return what the view depends on besides the record."""
        behind = tuple((*track, track.record.steps) for track in self.tracks)
        return self.watched, self.view, self.marks, self.name, behind

    def scene(self) -> Scene:
        """Return the scene of the record as it is now."""
        self._summary.update()
        scene = run_scene(self._summary, self.watched, view=self.view, marks=self.marks)
        parts = self._summary, self.name, self.tracks, self.watched, self.view
        return self._behind.add(scene, *parts)

    def describe(self) -> str:
        """Describe the record and what is watched, as alt text."""
        said = describe(self.record, self.watched, self.view)
        if not self.tracks:
            return said
        names = list_names([track.name for track in self.tracks])
        return said + say(" Other branches behind it: {names}.", names=names)
