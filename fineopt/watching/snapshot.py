"""Everything a watched run depends on at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..nested import is_equal
from ..recorder import Record
from ..training.run import epochs_of, steps_of
from ..training.states.streams import check_streams, get_streams, set_streams
from ..types import Array

__all__ = ["Captured", "WatchSnapshot", "WatchSnapshots", "capture"]


class Captured(NamedTuple):
    """The states of a watched model's parts, of Python's and NumPy's generators, and of steering.

    ``held`` are the learning rates set by hand, ``frozen`` the names of frozen parameters.
    """

    engine: Any
    streams: Mapping[str, Any]
    held: dict[tuple[int, int], float]
    frozen: set[str]


def capture(watch: Any, former: Any = None) -> Captured:
    """Capture a watch as it is now.

    Args:
        watch: a `fineopt.watching.Watch`.
        former: an earlier state of its engine; what is the same is not stored again.
    """
    engine = watch.engine.capture(former)  # first: a loader may draw numbers now
    return Captured(engine, get_streams(), dict(watch.steering.held), set(watch.frozen))


class WatchSnapshot:
    """The states of a watched model, of what was steered, and of the record.

    Args:
        watch: that they belong to.
        captured: its states.
        record: the state of its record.
    """

    def __init__(self, watch: Any, captured: Captured, record: Mapping[str, Any]) -> None:
        self._watch, self._captured, self.record = watch, captured, record

    @property
    def engine(self) -> Any:
        """The state of the model and its optimizers."""
        return self._captured.engine

    @property
    def owner(self) -> object:
        """The watch."""
        return self._watch

    @property
    def steps(self) -> int:
        """The number of steps of the run."""
        return steps_of(self.record)

    @property
    def epochs(self) -> int:
        """The number of finished epochs."""
        return epochs_of(self.record)

    @property
    def step_in_epoch(self) -> int:
        """The number of steps taken in the epoch."""
        ends = self.record["arrays"].get("epoch_ends")
        return self.steps - (int(ends[-1]) if ends is not None and len(ends) else 0)

    def limits(self) -> list[str]:
        """Return what cannot be restored exactly; empty if everything can."""
        found: list[str] = self._watch.limits()
        return found

    def value(self, name: str) -> Array:
        """Return a parameter's value."""
        value: Array = self.engine.value(name)
        return value

    def is_same_as(self, other: WatchSnapshot) -> bool:
        """Return whether both are of the same state, gradients aside."""
        mine, its = self._captured, other._captured
        return (
            self.steps == other.steps
            and self.step_in_epoch == other.step_in_epoch
            and self.record["header"] == other.record["header"]
            and (mine.held, mine.frozen) == (its.held, its.frozen)
            and is_equal(mine.streams, its.streams)
            and self.engine.is_same_as(other.engine)
        )

    def arrays(self) -> Iterator[Array]:
        """Yield the arrays that the snapshot keeps alive."""
        yield from self.engine.arrays()
        yield from (x for x in self.record["arrays"].values() if hasattr(x, "nbytes"))
        yield from self.record["previous"] or ()

    def check(self) -> None:
        """Check that the snapshot can be restored.

        Raises:
            ValueError: if the model has other parameters, buffers or modules.
        """
        self.engine.check()

    def put_back(self) -> None:
        """Restore everything; see `fineopt.watching.Watch.restore`."""
        watch, captured = self._watch, self._captured
        for change in self.engine.restoring():
            change()
        set_streams(captured.streams)
        watch.steering.held.clear()
        watch.steering.held.update(captured.held)
        watch.frozen.clear()
        watch.frozen.update(captured.frozen)
        watch.recorded.load_state_dict(self.record)
        watch.reread()

    def state_dict(self, start: Any = None) -> dict[str, Any]:
        """Return all states as plain dicts, lists, numbers, strings and read-only arrays.

        Raises:
            TypeError: if something cannot be saved, such as an object in a loader's state.
        """
        captured = self._captured
        return {
            "start": description(self._watch),
            "engine": captured.engine.state_dict(),
            "streams": captured.streams,
            "held": [[*key, lr] for key, lr in captured.held.items()],
            "frozen": sorted(captured.frozen),
            "record": self.record,
        }


def description(watch: Any) -> dict[str, Any]:
    """Return by what a watch made likewise is recognised."""
    header = watch.recorded.state_dict()["header"]
    return {**watch.engine.description(), "keep": header["keep"], "strides": list(watch.strides)}


class WatchSnapshots:
    """Makes snapshots of a watched run from saved states.

    Args:
        watch: whose snapshots they will be.
    """

    def __init__(self, watch: Any) -> None:
        self._watch = watch
        self._description = description(watch)

    def snapshot(self, saved: Mapping[str, Any]) -> WatchSnapshot:
        """Return a snapshot with a saved state; nothing of the run is changed.

        Raises:
            Exception: of any kind if the state is damaged, or of another run.
        """
        for key, here in self._description.items():
            if saved["start"][key] != here:
                raise ValueError(f"its {key} are {saved['start'][key]}, not {here}")
        watch, record = self._watch, saved["record"]
        own = watch.recorded
        if list(record["header"]["parameters"]) != list(own.parameters):
            raise ValueError(f"its record is of {list(record['header']['parameters'])}")
        header = record["header"]
        Record(header["parameters"], header["groups"]).load_state_dict(record)  # validates it
        check_streams(saved["streams"])
        held = {(int(k), int(i)): float(lr) for k, i, lr in saved["held"]}
        frozen = {str(name) for name in saved["frozen"]}
        if frozen - set(own.parameters):
            raise ValueError(f"its frozen parameters are {sorted(frozen)}")
        engine = watch.engine.state_from(saved["engine"])
        return WatchSnapshot(watch, Captured(engine, saved["streams"], held, frozen), record)
