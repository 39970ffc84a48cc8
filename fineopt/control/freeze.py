"""Two ways to freeze: which parameters get gradients, and which an optimizer updates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..errors import BadKeyError, suggestion
from ..language import say
from ..optimizer.groups import learning_rate
from ..optimizer.labels import group_labels
from ..recorder.rounding import add_up, settle
from ..training.trainer import Trainer
from .audit import AuditController
from .param_groups.membership import Membership

__all__ = ["FreezeController"]


class FreezeController:
    """Attaches parameters to a trainer's GradManager, and adds them to its optimizer.

    A parameter that returns to the optimizer goes back to its group and its place there, with its
    momentum as it was. A parameter that never had a group gets a new one, with the optimizer's
    defaults. A group that becomes empty stays, so that it can be filled again, and keeps its name.

    **Stale gradients.** A parameter that is frozen during a run still holds the gradient of its
    last step, which a step before the next ``clear_grad()`` would apply again; a parameter in no
    optimizer would keep it for good. So detaching here also sets ``grad`` to None.

    Args:
        trainer: its ``gm`` and ``optimizer`` are changed, from the next step on.

    Raises:
        KeyError: from any of the methods, if a name is unknown.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> freeze = FreezeController(trainer)
    >>> freeze.set_attached("fc1.bias", False)
    >>> freeze.summary_text("fc1.bias")
    'no gradient is computed: grad stays None and step() skips it'
    >>> freeze.set_optimized("fc1.bias", False)
    >>> len(trainer.optimizer.param_groups[0]["params"])
    9

    Source: the document's section 固定部分参数不优化.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.parameters = trainer.parameters
        self._members = Membership(trainer, self.parameters)
        self.audit = AuditController(trainer)

    def _parameter(self, name: str) -> Any:
        if name not in self.parameters:
            raise BadKeyError(
                f"no parameter is called {name!r}, {suggestion(name, self.parameters)}"
            )
        return self.parameters[name]

    # ---- attached to the GradManager ----

    def attached(self, name: str) -> bool:
        """Return whether gradients of a parameter are computed."""
        self._parameter(name)
        return name in self.trainer.engine.attached()

    def set_attached(self, name: str, attached: bool) -> None:
        """Attach a parameter from the next step on, or detach it and set its grad to None."""
        if attached != self.attached(name):
            engine = self.trainer.engine
            (engine.attach if attached else engine.detach)(name)

    # ---- in the optimizer ----

    def group(self, name: str) -> dict[str, Any] | None:
        """Return the group that holds a parameter, or held it last; None if none ever did."""
        self._parameter(name)
        return self._members.home(name)

    def optimized(self, name: str) -> bool:
        """Return whether a parameter is in a group of the optimizer."""
        return self._members.holder(self._parameter(name)) is not None

    def grouped(self, names: Iterable[str]) -> list[tuple[int | None, str, list[str]]]:
        """Sort parameters by the group that holds them, or held them last.

        Returns (index, label, names) for each group; parameters that never had a group come last,
        with index None.
        """
        groups = self.trainer.optimizer.param_groups
        indices = {id(group): i for i, group in enumerate(groups)}
        sorted_: dict[int | None, list[str]] = {i: [] for i in (*indices.values(), None)}
        homes = self._members.homes()
        for name in names:
            self._parameter(name)
            sorted_[indices.get(id(homes.get(name)))].append(name)
        labels: dict[int | None, str] = dict(enumerate(group_labels(groups)))
        labels[None] = say("in no group")
        return [(i, labels[i], members) for i, members in sorted_.items() if members]

    def counts(self) -> tuple[int, int]:
        """Return the numbers of parameters that are attached and in the optimizer."""
        attached = self.trainer.engine.attached()
        groups = self.trainer.optimizer.param_groups
        optimized = {id(p) for group in groups for p in group["params"]}
        return len(attached), sum(id(p) in optimized for p in self.parameters.values())

    def set_optimized(self, name: str, optimized: bool) -> None:
        """Return a parameter to its group, or remove it from the optimizer."""
        if optimized != self.optimized(name):
            (self._members.restore if optimized else self._members.remove)(name)

    def every(self, names: list[str], change: Callable[[str, bool], None], to: bool) -> None:
        """Change a list of parameters: ``every(names, freeze.set_attached, True)``.

        If a name is unknown, nothing is changed.
        """
        for name in names:
            self._parameter(name)
        for name in names:
            change(name, to)

    # ---- effects ----

    def grad_sum(self, name: str, *, settled: bool = False) -> float | None:
        """Return the sum of a parameter's current gradient; None if it has none.

        With ``settled``, a sum within its rounding error is 0.
        """
        self._parameter(name)
        grad = self.trainer.engine.grad(name)
        if grad is None:
            return None
        with np.errstate(all="ignore"):
            value, error = add_up(grad)
        return 0.0 if settled and abs(value) <= error else value

    def epoch_sums(self, *, settled: bool = False) -> dict[str, float | None] | None:
        """Return each parameter's gradient sum over the last full epoch; None before the first.

        With ``settled``, a sum within its rounding error is 0.
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

    def summary_text(self, name: str) -> str:
        """Describe what the next step does to a parameter, and why; see `AuditController`."""
        self._parameter(name)
        try:
            return self.audit.report()[name].words
        except Exception as error:  # of the network, the data or the optimizer: the step would fail
            return say(
                "the next step cannot be predicted: {error}",
                error=f"{type(error).__name__}: {error}",
            )

    def state_key(self) -> tuple[Any, ...]:
        """Return all that a view shows, as plain values to compare."""
        engine, record = self.trainer.engine, self.trainer.record
        groups = [(id(g), self._lr(g), *map(id, g["params"])) for g in engine.groups]
        return record.runs, record.steps, *groups, *sorted(engine.attached())

    def _lr(self, group: dict[str, Any]) -> float:
        groups = self.trainer.optimizer.param_groups
        return learning_rate(next(i for i, g in enumerate(groups) if g is group), group)
