"""Which parameters get gradients, and which an optimizer moves: two ways to freeze."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..errors import BadKeyError, suggestion
from ..optimizer.groups import learning_rate
from ..optimizer.labels import group_labels
from ..recorder.rounding import add_up, settle
from ..training.trainer import Trainer
from .membership import Membership

__all__ = ["FreezeController"]


class FreezeController:
    """Attaches parameters to a trainer's GradManager, and puts them into its optimizer, or out.

    A parameter that goes back into the optimizer goes into the group that it left, at its place,
    and finds its momentum as it left it. One that was in no group at all gets a group of its own,
    with the optimizer's own settings. A group that is emptied stays, so that it can be filled
    again, and keeps its name.

    **A stale gradient.** A parameter that is frozen in the middle of a run still has the gradient
    of its last step, which whoever steps before the next ``clear_grad()`` would apply once more;
    and one that is in no optimizer keeps it for good. So detaching here sets ``grad`` to None too.

    Args:
        trainer: whose ``gm`` and ``optimizer`` are changed, from the next step on.

    Raises:
        KeyError: from any of the methods, for an unknown name.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> freeze = FreezeController(trainer)
    >>> freeze.set_attached("fc1.bias", False)
    >>> freeze.words("fc1.bias")
    'no gradient is computed: grad stays None, and step() passes it over'
    >>> freeze.set_optimized("fc1.bias", False)
    >>> len(trainer.optimizer.param_groups[0]["params"])
    9

    Source: the document's section 固定部分参数不优化.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.parameters = trainer.parameters
        self._members = Membership(trainer, self.parameters)
        self._callbacks: dict[str, list[Any]] = {}

    def _parameter(self, name: str) -> Any:
        if name not in self.parameters:
            raise BadKeyError(
                f"no parameter is called {name!r}, {suggestion(name, self.parameters)}"
            )
        return self.parameters[name]

    # ---- attached to the GradManager ----

    def attached(self, name: str) -> bool:
        """Whether gradients of a parameter are computed."""
        p = self._parameter(name)
        return any(p is x for x in self.trainer.gm.attached_tensors())

    def set_attached(self, name: str, attached: bool) -> None:
        """Want gradients of a parameter from the next step on, or want none and have none."""
        if attached == self.attached(name):
            return
        gm, p = self.trainer.gm, self.parameters[name]
        if attached:
            gm.attach(p, self._callbacks.pop(name, None))
        else:
            self._callbacks[name] = gm.callbacks(p)
            gm.detach(p)
            p.grad = None

    # ---- in the optimizer ----

    def group(self, name: str) -> dict[str, Any] | None:
        """Return the group that holds a parameter, or held it last; None if none ever did."""
        self._parameter(name)
        return self._members.home(name)

    def optimized(self, name: str) -> bool:
        """Whether a parameter is in a group of the optimizer."""
        return self._members.holder(self._parameter(name)) is not None

    def grouped(self, names: Iterable[str]) -> list[tuple[int | None, str, list[str]]]:
        """Sort parameters by the group that holds them, or held them last.

        Returns index, label and parameters of each group; at last those that never had one, with
        None for an index.
        """
        groups = self.trainer.optimizer.param_groups
        indices = {id(group): i for i, group in enumerate(groups)}
        sorted_: dict[int | None, list[str]] = {i: [] for i in (*indices.values(), None)}
        homes = self._members.homes()
        for name in names:
            self._parameter(name)
            sorted_[indices.get(id(homes.get(name)))].append(name)
        labels: dict[int | None, str] = dict(enumerate(group_labels(groups)))
        labels[None] = "in no group"
        return [(i, labels[i], several) for i, several in sorted_.items() if several]

    def counts(self) -> tuple[int, int]:
        """Return how many parameters are attached, and how many are in the optimizer."""
        attached = {id(p) for p in self.trainer.gm.attached_tensors()}
        held = {id(p) for group in self.trainer.optimizer.param_groups for p in group["params"]}
        ids = [id(p) for p in self.parameters.values()]
        return sum(i in attached for i in ids), sum(i in held for i in ids)

    def set_optimized(self, name: str, optimized: bool) -> None:
        """Put a parameter back into its group, or take it out of the optimizer."""
        if optimized != self.optimized(name):
            (self._members.put_in if optimized else self._members.take_out)(name)

    # ---- what follows from it ----

    def grad_sum(self, name: str, *, settled: bool = False) -> float | None:
        """Return the sum of a parameter's gradient as it is now; None where there is none.

        With ``settled`` a sum that is no more than its rounding error is 0.
        """
        grad = self._parameter(name).grad
        if grad is None:
            return None
        with np.errstate(all="ignore"):
            value, error = add_up(grad._data)
        return 0.0 if settled and abs(value) <= error else value

    def epoch_sums(self, *, settled: bool = False) -> dict[str, float | None] | None:
        """Return each parameter's gradient sum over the last full epoch; None before the first.

        With ``settled`` a sum that is no more than its rounding error is 0.
        """
        record = self.trainer.record
        if not record.epochs:
            return None
        sums, had = record.grad_sums("epoch")
        shown = settle(sums[-1], record.grad_sum_errors("epoch")[-1]) if settled else sums[-1]
        return {
            name: float(shown[i]) if had[-1, i] else None
            for i, name in enumerate(record.parameters)
        }

    def words(self, name: str) -> str:
        """Say what the next step does with a parameter, and why."""
        attached, group = self.attached(name), self._members.holder(self._parameter(name))
        if group is not None and not attached:
            return "no gradient is computed: grad stays None, and step() passes it over"
        if group is not None and self._lr(group) == 0:
            return "its gradient is computed, but its group's lr is 0: it stands still"
        if group is not None:
            return "its gradient is computed, and it moves"
        if attached:
            return (
                "its gradient is computed for nothing: it is in no optimizer, so it stands still; "
                "clear_grad() does not reach it, and its gradient adds up from step to step"
            )
        return "no gradient is computed, and no optimizer holds it: it stands still and costs least"

    def look(self) -> tuple[Any, ...]:
        """Return what the table follows, as plain values to be compared."""
        optimizer, gm = self.trainer.optimizer, self.trainer.gm
        record = self.trainer.record
        groups = [(id(g), self._lr(g), *map(id, g["params"])) for g in optimizer.param_groups]
        return record.runs, record.steps, *groups, *map(id, gm.attached_tensors())

    def _lr(self, group: dict[str, Any]) -> float:
        groups = self.trainer.optimizer.param_groups
        return learning_rate(next(i for i, g in enumerate(groups) if g is group), group)

    def every(self, names: list[str], change: Callable[[str, bool], None], to: bool) -> None:
        """Attach, detach, put in or take out several: ``every(names, freeze.set_attached, True)``.

        All or, with an unknown name, none.
        """
        for name in names:
            self._parameter(name)
        for name in names:
            change(name, to)
