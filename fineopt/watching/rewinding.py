"""Snapshots of a watched loop, and its timeline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakMethod, ref

from ..atomic import Change, commit, uninterrupted
from ..bridge.reading import MakeReader
from ..language import say
from ..timeline import Timeline
from .recording import RecordedLoop
from .snapshot import Captured, WatchSnapshot, WatchSnapshots, capture

__all__ = ["RewindableLoop"]


class RewindableLoop(RecordedLoop):
    """A recorded loop that is captured and restored, as a `fineopt.training.Run`.

    Where an epoch ends by its known length alone, this is known when its last step is done, and the
    record ends it with the step that follows. So the states are captured right after the last step.
    What the loop changes between the two, the schedulers and the scaler, is captured before the
    step that follows.
    """

    def __init__(
        self,
        engine: Any,
        make_reader: MakeReader,
        steps_per_epoch: int | None,
        every: int,
        keep: int,
    ) -> None:
        super().__init__(engine, make_reader, steps_per_epoch, every, keep)
        self._followers: list[Callable[[], Callable[[], object] | None]] = []
        self._start: WatchSnapshot | None = None
        self._restored: tuple[int, WatchSnapshot | None] = 0, None
        self._newest: Callable[[], Any] = lambda: None  # the engine's last state, while it lives
        self._boundary: Captured | None = None  # at the end of a full epoch
        self._is_settled = False  # whether it has what the loop changed after that step
        self._is_late = False  # whether an epoch is ended after the next one's first step
        self._timeline: Timeline | None = None
        self._keeper.ended = self._tell
        self._reader.before_step.append(self._before_step)

    # ---- as a run ----

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return self.record.epochs

    @property
    def step_in_epoch(self) -> int:
        """The number of steps taken in the current epoch."""
        return self.record.steps_in_epoch

    @property
    def start(self) -> WatchSnapshot:
        """The first snapshot."""
        if self._start is None:
            self.snapshot()
        assert self._start is not None
        return self._start

    @property
    def restored(self) -> tuple[int, WatchSnapshot]:
        """How often a snapshot was restored, and the last that was; at first, the start."""
        self._settle()
        count, snapshot = self._restored
        return count, snapshot or self.start

    def follow(self, follower: Callable[[], object]) -> None:
        """Call a method at the end of each epoch, for as long as its object lives."""
        living = [known for known in self._followers if known() is not None]
        self._followers = [*living, WeakMethod(follower)]

    def limits(self) -> list[str]:
        """Return what cannot be restored exactly; empty if everything can."""
        found: list[str] = self.engine.limits()
        if self.error:
            found.append(self.error)
        if self._keeper.ended_late and callable(getattr(self.engine.loader, "state_dict", None)):
            found.append(
                say(
                    "epochs end by steps_per_epoch, while the loop over the loader goes on: to "
                    "restore the order of the data, call end_epoch() after that loop"
                )
            )
        return found

    def rebuilding(self) -> WatchSnapshots:
        """Return what makes snapshots of this run from saved states."""
        self._settle()
        return WatchSnapshots(self)

    # ---- snapshots ----

    def snapshot(self) -> WatchSnapshot:
        """Capture everything that training changes, and the record, between two steps."""
        self._settle()
        captured = self._boundary if self._is_late else None
        record = self.record.state_dict()
        snapshot = WatchSnapshot(self, captured or self._capture(), record)
        if self._start is None:
            self._start = snapshot
        return snapshot

    def _capture(self) -> Captured:
        captured = capture(self, self._newest())
        self._newest = ref(captured.engine)
        return captured

    def restore(self, snapshot: WatchSnapshot, *, along: Iterable[Change] = ()) -> None:
        """Restore a snapshot to the bit, the record included.

        Args:
            snapshot: of this watch.
            along: changes that are committed together with it, for those who follow the run.

        Raises:
            ValueError: if the model has other parameters, buffers or modules, or the snapshot is
                another run's; nothing has changed.
            Exception: what a part raises that cannot be restored, such as a loader. What was
                restored before is put back.
        """
        if not isinstance(snapshot, WatchSnapshot) or snapshot.owner is not self:
            raise ValueError("this is a snapshot of another run")
        snapshot.check()
        with uninterrupted():
            before, restored = self.snapshot(), self._restored
            try:
                snapshot.put_back()
                self._boundary = None
                self._restored = restored[0] + 1, snapshot
                commit(list(along))
            except BaseException:
                self._restored = restored
                before.put_back()
                raise

    # ---- the timeline ----

    def timeline(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Timeline:
        """Return the timeline of the run: its snapshots from now on, rewound and branched.

        There is a snapshot at the end of each epoch. Go back between two loops over the data, and
        call `end_epoch` last in an epoch.

        Args:
            path: of a file that ``timeline().save(path)`` wrote for a model made likewise; the
                run then stands where it stood.
            **options: of a new `fineopt.timeline.Timeline`: ``every``, ``keep`` and ``limit``.

        Raises:
            ValueError: if there is a timeline already and options or a path are given, or the file
                is damaged or of another model.

        Warns:
            UserWarning: if something cannot be restored, such as the order of the data.
        """
        if self._timeline is not None and (path is not None or options):
            raise ValueError("this run has a timeline already: timeline() returns it")
        if path is not None:
            if options:
                raise ValueError("a timeline that is loaded has the options it was saved with")
            self._timeline = Timeline.load(path, self)
        elif self._timeline is None:
            self._timeline = Timeline(self, **options)
        return self._timeline

    # ---- the ends of epochs ----

    def _before_step(self) -> None:
        if self._boundary is not None and not self._is_settled:
            self._boundary.engine.recapture()
            self._is_settled = True

    def _after_step(self) -> None:
        super()._after_step()
        living = any(known() is not None for known in self._followers)
        if living and self.error is None and self._keeper.will_be_full:
            try:
                self._boundary, self._is_settled = self._capture(), False
            except Exception as error:
                self._notice(_no_snapshot(error))

    def _settle(self) -> None:
        """End an epoch that is full before it is looked at; followers see it by themselves."""
        if not self._is_late and self.error is None and self._keeper.is_full:
            self._keeper.end_full()
            self._boundary = None

    def _tell(self, late: bool) -> None:
        """Call the followers at the end of an epoch.

        Args:
            late: whether a step of the next one has been taken.
        """
        if late and self._boundary is None:
            return  # nobody followed when the epoch was full
        self._is_late = late
        try:
            for known in self._followers:
                if (follower := known()) is not None:
                    follower()
        except Exception as error:
            self._notice(_no_snapshot(error))
        finally:
            self._is_late, self._boundary = False, None


def _no_snapshot(error: Exception) -> str:
    return say(
        "no snapshot at the epoch's end: {kind}: {error}", kind=type(error).__name__, error=error
    )
