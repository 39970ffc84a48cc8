"""Audits the next step of a trainer while it trains, at a bounded cost."""

from __future__ import annotations

from time import perf_counter

from ..audit import Report, audit
from ..optimizer.groups import learning_rates
from ..training.trainer import Trainer

__all__ = ["AuditController"]

SHARE = 0.02  # of the time, at most, while the trainer trains


class AuditController:
    """Predicts what the next step of a trainer does to each parameter.

    The next mini-batch is drawn, its gradients are computed and removed again, and each parameter's
    step is taken on a copy: the run goes on as if nothing had been asked. Whatever is changed by
    hand is taken into account at once. What training itself changes is looked at again so often
    that it takes at most 2% of the time.

    Args:
        trainer: whose next step is predicted.

    >>> import numpy as np
    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> batch = np.zeros((2, 1, 32, 32), "float32"), np.array([3, 1])
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), [batch])
    >>> report = AuditController(trainer).report()
    >>> report["classifer.bias"].moves, report["conv1.weight"].why
    (True, 'zero gradient')
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self._report: Report | None = None
        self._known: tuple[object, ...] = ()
        self._position: tuple[int, int] | None = None
        self._due = 0.0

    def report(self) -> Report:
        """Return the report of the next step, or of a recent one while the trainer trains.

        Raises:
            Exception: what the network or ``train_func`` raise for the next mini-batch.
        """
        position = self.trainer.record.runs, self.trainer.record.steps
        settings = self._settings()
        old = self._report
        same = old is not None and settings == self._known
        if old is not None and same and (position == self._position or perf_counter() < self._due):
            return old
        begin = perf_counter()
        report = self._audit()
        end = perf_counter()
        self._report, self._known, self._position = report, settings, position
        self._due = end + (end - begin) / SHARE
        return report

    def _audit(self) -> Report:
        trainer = self.trainer
        try:
            batch = trainer.next_batch()
        except Exception:  # of the data: what is certain without them can still be said
            batch = None
        return audit(
            trainer.net,
            trainer.optimizer,
            trainer.gm,
            batch=batch,
            train_func=trainer.train_func,
            clear=batch is not None,
        )

    def _settings(self) -> tuple[object, ...]:
        """Return what a hand may change between two steps."""
        trainer = self.trainer
        groups = list(trainer.optimizer.param_groups)
        own = [
            (
                id(group),
                *((k, v) for k, v in group.items() if k != "params"),
                *map(id, group["params"]),
            )
            for group in groups
        ]
        modes = [module.training for module in trainer.net.modules()]
        rates = learning_rates(groups)
        return id(trainer.optimizer), *own, *rates, *sorted(trainer.engine.attached()), *modes
