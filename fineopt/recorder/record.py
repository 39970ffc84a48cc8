"""The record of a training run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_values, positive_integer
from ..files import as_value_error
from .archive import read_archive, write_archive
from .export import to_dict
from .sampled import SampledWriter
from .tables import Tables, begin
from .tables.updates import read_only_view
from .validation import validate, validate_previous

__all__ = ["Record"]


class Record(SampledWriter):
    """Losses, learning rates, parameter values and gradient sums of one training run.

    Args:
        parameters: name -> index of its param group, or None for a parameter in no optimizer.
            The order is kept.
        groups: the names of the param groups, in the optimizer's order.
        steps_per_epoch: the length of a full epoch, if known; it places an unfinished epoch.
        keep: maximum number of elements kept of each parameter, evenly spaced over it.
        samples: maximum number of samples in a trajectory, at least 4. At most 512 steps are
            measured and the histograms of 64 epochs kept, or as many as this if it is less.

    Raises:
        ValueError: for a group index out of range, or a size that is too small.

    >>> record = Record({'w': 0}, ['all'], steps_per_epoch=2)
    >>> record.start({'w': np.zeros(3)})
    >>> record.add_step(1.5, [0.1], {'w': np.ones(3)}, {'w': np.full(3, -10.0)})
    >>> record.add_step(0.5, [0.0], {'w': np.ones(3)}, {'w': None})
    >>> record.end_epoch(accuracy=0.9)
    >>> record.loss, record.grad_sum_epoch, record.grad_sum_last
    (array([1.5, 0.5]), {'w': [-30.0]}, {'w': [None]})
    >>> record.changes()
    [Change(step=1, group=0, old=0.1, new=0.0)]
    """

    def __init__(
        self,
        parameters: Mapping[str, int | None],
        groups: Sequence[str],
        *,
        steps_per_epoch: int | None = None,
        keep: int = 64,
        samples: int = 2000,
    ) -> None:
        self.parameters: dict[str, int | None] = dict(parameters)
        self.groups: list[str] = list(groups)
        sizes = {"keep": keep, "samples": samples}
        if steps_per_epoch is not None:
            sizes["steps_per_epoch"] = steps_per_epoch
        check_values(sizes, dict.fromkeys(sizes, positive_integer), {}, lambda: "Record", "Record")
        if samples < 4:
            raise ValueError(f"Record: samples must be at least 4, not {samples}")
        for name, group in self.parameters.items():
            if group is not None and not 0 <= group < len(self.groups):
                raise ValueError(
                    f"parameter {name!r}: group {group} is out of range "
                    f"for {len(self.groups)} groups"
                )
        self.keep, self._limit, self._given_length = keep, samples, steps_per_epoch
        self.runs = 0
        self.clear()

    # ---- starting over ----

    def clear(self) -> None:
        """Clear the run, keeping parameters and groups; call `start` next.

        `runs` counts the runs, so that views notice a new one.
        """
        vars(self).update(_tables=self._empty(), runs=self.runs + 1)

    def start(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Record the values before the first step, one array for each parameter.

        Raises:
            RuntimeError: if the record is already started; `clear` it first.
            ValueError: for an unknown or missing name.
        """
        if self.started:
            raise RuntimeError("this record is already started; clear() it first")
        vars(self._tables).update(self._begun(values))

    def restart(self, values: Mapping[str, NDArray[Any]]) -> None:
        """`clear` and `start` atomically.

        Raises:
            ValueError: for an unknown or missing name; the record is then unchanged.
        """
        tables = self._empty()
        vars(tables).update(self._begun(values))
        vars(self).update(_tables=tables, runs=self.runs + 1)

    def _empty(self) -> Tables:
        return Tables(len(self.parameters), len(self.groups))

    def _begun(self, values: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        self._check_names("values", values)
        ordered = {name: np.asarray(values[name]) for name in self.parameters}
        return begin(ordered, self.keep, self._limit)

    # ---- state ----

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the record, from which a run continues bit for bit.

        It takes microseconds and little memory: arrays that only grow are shared as read-only
        views, and `load_state_dict` leaves them as they are. `fineopt.save` writes it to a file.

        Returns:
            A dict of ``header`` (plain values), ``arrays`` and ``previous``: each parameter's value
            before the next step, if that step is to be measured, else None.
        """
        tables = self._tables
        shapes = {} if tables.trajectories is None else dict(tables.trajectories.shapes)
        header = {
            "groups": list(self.groups),
            "parameters": dict(self.parameters),
            "shapes": shapes,
            "keep": self.keep,
            "samples": self._limit,
            "steps_per_epoch": self._given_length,
            "swaps": [list(swap) for swap in tables.swaps],
        }
        previous = None if tables.updates is None else tables.updates.previous
        shared = None if previous is None else [read_only_view(value) for value in previous]
        return {"header": header, "arrays": tables.state(), "previous": shared}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state of this record, or of one with the same parameters; `runs` goes up.

        Raises:
            ValueError: if the state is invalid; the record is then unchanged.
        """
        with as_value_error("invalid state of a record"):
            header = state["header"]
            arrays = validate(header, state["arrays"])
            if list(header["parameters"]) != list(self.parameters):
                raise ValueError(f"its parameters are {list(header['parameters'])}")
            previous = validate_previous(state["previous"], header["shapes"])
            restored = _attributes(header, arrays, previous)
        vars(self).update(restored, runs=self.runs + 1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record to an npz file without pickle, compressed up to a size of 64 MiB.

        `load` restores it bit for bit, except for ``previous``; see `state_dict`.

        Raises:
            ValueError: if `load` would reject it, such as for a group name that is not a string.
            OSError: if the file can't be written; the former file is unchanged.
        """
        state = self.state_dict()
        write_archive(path, state["header"], state["arrays"])

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Record:
        """Read a file written by `save`.

        The next step is not measured, as the file lacks the values before it.

        Raises:
            ValueError: if the file is not a saved record, is damaged, or is not a regular file.
            OSError: if it can't be read.
        """
        header, arrays = read_archive(path)
        record = cls(header["parameters"], header["groups"])
        vars(record).update(_attributes(header, arrays))
        return record

    def to_dict(self) -> dict[str, Any]:
        """Return all recorded values in plain dicts, lists and numbers, ready for JSON.

        Python's ``json`` writes and reads NaN, which standard JSON lacks.

        >>> import json
        >>> record = Record({'w': 0}, ['all'])
        >>> record.start({'w': np.ones(2)})
        >>> json.loads(json.dumps(record.to_dict())) == record.to_dict()
        True
        """
        return to_dict(self)


def _attributes(
    header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], previous: Any = None
) -> dict[str, Any]:
    """Return the attributes of a record with a validated state."""
    tables = Tables(len(header["parameters"]), len(header["groups"]))
    tables.load(header, arrays, previous)
    return {
        "parameters": dict(header["parameters"]),
        "groups": list(header["groups"]),
        "keep": header["keep"],
        "_limit": header["samples"],
        "_given_length": header["steps_per_epoch"],
        "_tables": tables,
    }
