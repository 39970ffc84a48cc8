"""What a timeline needs of a run: a `Trainer` is one, a watched loop another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ..atomic import Change
from ..recorder import Record
from ..types import Array

__all__ = ["Run", "RunSnapshot", "Snapshots", "epochs_of", "steps_of"]


def steps_of(record: Mapping[str, Any]) -> int:
    """Return the number of steps in the state of a record.

    >>> steps_of(Record({"w": 0}, ["all"]).state_dict())
    0
    """
    return len(record["arrays"].get("loss", ()))


def epochs_of(record: Mapping[str, Any]) -> int:
    """Return the number of finished epochs in the state of a record."""
    return len(record["arrays"].get("epoch_ends", ()))


class RunSnapshot(Protocol):
    """Everything a run depends on at one moment."""

    @property
    def step_in_epoch(self) -> int:
        """The number of steps taken in the epoch."""

    @property
    def steps(self) -> int:
        """The number of steps of the run."""

    @property
    def epochs(self) -> int:
        """The number of finished epochs."""

    @property
    def record(self) -> Mapping[str, Any]:
        """The state of the record, as ``Record.state_dict`` returns it."""

    @property
    def owner(self) -> object:
        """What all snapshots of a run have in common, and no others."""

    def value(self, name: str) -> Array:
        """Return a parameter's value, which must not be written to."""

    def is_same_as(self, other: Any) -> bool:
        """Return whether both are of the same state."""

    def arrays(self) -> Iterable[Array]:
        """Return the arrays that the snapshot keeps alive."""

    def state_dict(self, start: Any) -> dict[str, Any]:
        """Return all states as plain dicts, numbers, strings and read-only arrays.

        Raises:
            TypeError: if something cannot be saved.
        """


class Snapshots(Protocol):
    """Makes snapshots of a run from saved states."""

    def snapshot(self, saved: Mapping[str, Any]) -> RunSnapshot:
        """Return a snapshot with a saved state; nothing of the run is changed.

        Raises:
            Exception: of any kind if the state is damaged, or of another run.
        """


class Run(Protocol):
    """A run that can be captured, restored and followed."""

    @property
    def record(self) -> Record:
        """What was recorded since the start."""

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""

    @property
    def step_in_epoch(self) -> int:
        """The number of steps taken in the current epoch."""

    @property
    def start(self) -> Any:
        """The first snapshot."""

    @property
    def restored(self) -> tuple[int, Any]:
        """How often a snapshot was restored, and the last that was; at first, the start."""

    def limits(self) -> list[str]:
        """Return what a snapshot cannot hold, by name; empty if replaying is exact."""

    def snapshot(self) -> Any:
        """Capture everything the run depends on, between two steps."""

    def restore(self, snapshot: Any, *, along: Iterable[Change] = ()) -> None:
        """Restore a snapshot of this run to the bit, the record included.

        Args:
            snapshot: of this run.
            along: changes that are committed together with it.

        Raises:
            Exception: if it cannot be restored; nothing has changed then, except by ``along``.
        """

    def follow(self, follower: Callable[[], object]) -> None:
        """Call a method at the end of each epoch, for as long as its object lives."""

    def rebuilding(self) -> Snapshots:
        """Return what makes snapshots of this run from saved states."""
