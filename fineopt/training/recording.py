"""Recording a run: each step of the engine becomes a row of the record."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from operator import is_
from typing import Any, NamedTuple

from ..atomic import Change, commit
from ..optimizer.groups import learning_rates
from ..optimizer.labels import group_label, group_labels
from ..recorder import Record
from ..types import Group
from .engine import Engine

__all__ = ["Recorded", "RunRecorder"]


class Recorded(NamedTuple):
    """The state of a record, the live groups that it records in its order, and the record."""

    state: dict[str, Any]
    groups: list[Group]
    record: Record


class RunRecorder:
    """Keeps the record of an engine, also when groups are added during the run.

    Args:
        engine: whose parameters and groups are recorded.
        steps_per_epoch: if it is known.
        keep: how many numbers of each parameter the record keeps.
    """

    def __init__(self, engine: Engine, steps_per_epoch: int | None, keep: int) -> None:
        self._engine, self._steps_per_epoch, self._keep = engine, steps_per_epoch, keep
        self.record = self._new()

    def _new(self) -> Record:
        groups, parameters = list(self._engine.groups), self._engine.parameters
        record = Record(
            {name: _group_of(p, groups) for name, p in parameters.items()},
            group_labels(groups),
            steps_per_epoch=self._steps_per_epoch,
            keep=self._keep,
        )
        record.start(self._values())
        self._groups = groups  # in the record's order, in which later ones come last
        return record

    def _values(self) -> dict[str, Any]:
        return {name: self._engine.value(name) for name in self._engine.parameters}

    def _grads(self) -> dict[str, Any]:
        return {name: self._engine.grad(name) for name in self._engine.parameters}

    def rates(self) -> dict[int, float]:
        """Return the learning rate of each live group, by the id of its dict."""
        groups = list(self._engine.groups)
        return dict(zip(map(id, groups), learning_rates(groups), strict=True))

    def stepping(
        self, loss: float, rates: dict[int, float], *, ends: bool, accuracy: float | None
    ) -> list[Change]:
        """Return the changes that record a step, and the end of its epoch if it ends one.

        Args:
            loss: of the step's mini-batch.
            rates: what :meth:`rates` returned before the step.
            ends: whether the step ends an epoch.
            accuracy: on the test data, if it was tested.
        """
        used = [rates.get(id(group), math.nan) for group in self._groups]
        values, grads = self._values(), self._grads()  # an engine's arrays are not written to again
        return self.record.stepped(
            loss, used, values, grads, final=True, ends=ends, accuracy=accuracy
        )

    def ending(self, accuracy: float | None) -> list[Change]:
        """Return the changes that end an epoch after the newest step."""
        return list(self.record.ended(accuracy, self._values(), self._grads()))

    def add_new_groups(self) -> None:
        """Add the groups to the record that the optimizer got since the last step."""
        groups = list(self._engine.groups)
        if len(groups) == len(self._groups) and all(map(is_, groups, self._groups)):
            return  # the common case, checked at each step
        for i, group in enumerate(groups):
            if not any(group is known for known in self._groups):
                held = {id(p) for p in group["params"]}
                # one that moved here stays, in the record, in the group of its first steps
                free = (n for n, group in self.record.parameters.items() if group is None)
                names = [name for name in free if id(self._engine.parameters[name]) in held]
                added = self.record.with_group(group_label(groups, i), names)
                commit([*added, partial(self._groups.append, group)])

    def add_swap(self, group: Group, old: str, new: str) -> None:
        """Record that another optimizer moves a group from the next step on."""
        for i, known in enumerate(self._groups):  # one not yet recorded begins with its new rule
            if known is group:
                self.record.add_swap(i, old, new)

    def capture(self) -> Recorded:
        """Return the record's state, the groups that it records, and the record."""
        return Recorded(self.record.state_dict(), list(self._groups), self.record)

    def restore(self, captured: Recorded) -> None:
        """Restore what :meth:`capture` returned."""
        captured.record.load_state_dict(captured.state)
        self.record, self._groups = captured.record, list(captured.groups)

    def restart(self) -> None:
        """Clear the record, or begin another if the optimizer has other groups now."""
        if [*map(id, self._groups)] == [*map(id, self._engine.groups)]:
            self.record.restart(self._values())
        else:
            self.record = self._new()


def _group_of(p: Any, groups: Iterable[Group]) -> int | None:
    return next((i for i, g in enumerate(groups) if any(p is q for q in g["params"])), None)
