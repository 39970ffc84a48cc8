"""A snapshot with its place in a run."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from weakref import ref

import numpy as np

from ..parallel import thread_count
from ..recorder import Record
from ..training import RunSnapshot
from ..types import Array

__all__ = ["Moment", "megabytes"]


class Moment:
    """A moment of a run that can be gone back to.

    Args:
        snapshot: everything the run depended on.
        kind: why it was taken: ``"start"``, ``"epoch"`` (at an epoch's end), ``"asked"`` (by
            :meth:`Timeline.snapshot`) or ``"left"`` (where the run was left for another moment).
        line: the key of the branch it was taken on.
        before: the moments of that branch before it.
        threads: the number of BLAS threads; the present one if None.
        limits: what of the run it could not hold, by name.
    """

    def __init__(
        self,
        snapshot: RunSnapshot,
        kind: str,
        line: int,
        before: Iterable[Moment] = (),
        threads: int | None = None,
        limits: Iterable[str] = (),
    ) -> None:
        self.snapshot, self.kind, self.line = snapshot, kind, line
        self.steps, self.epoch = snapshot.steps, snapshot.epochs
        self.step_in_epoch = snapshot.step_in_epoch
        self.threads = (thread_count() or 1) if threads is None else threads
        self.limits = tuple(limits)
        self.replaced = False  # whether its branch went on from an earlier moment
        self._before = [ref(moment) for moment in before]
        self.buffers = dict(map(_buffer, snapshot.arrays()))

    @property
    def before(self) -> tuple[Moment, ...]:
        """The moments of its branch before it that are still kept."""
        return tuple(moment for known in self._before if (moment := known()) is not None)

    @cached_property
    def record(self) -> Record:
        """The record up to this moment, which is not continued."""
        header = self.snapshot.record["header"]
        record = Record(header["parameters"], header["groups"])
        record.load_state_dict(self.snapshot.record)
        return record

    def __repr__(self) -> str:
        """Describe the position.

        >>> from fineopt.timeline import Moment
        """
        within = f", step {self.step_in_epoch}" if self.step_in_epoch else ""
        return f"<epoch {self.epoch}{within}>"


def megabytes(moments: Iterable[Moment]) -> float:
    """Return the memory of moments in MB (10^6 bytes); what they share counts once."""
    buffers: dict[int, int] = {}
    for moment in moments:
        buffers.update(moment.buffers)
    return sum(buffers.values()) / 1e6


def _buffer(array: Array) -> tuple[int, int]:
    """Return the id and the bytes of the memory that an array, or a view of it, keeps alive."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return id(array), array.nbytes
