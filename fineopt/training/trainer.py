"""The training loop, one synchronous step at a time, and its record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.autodiff import GradManager
from ..core.parameter import Parameter
from ..module import Module
from ..optimizer.base import Optimizer
from ..optimizer.labels import find_group
from ..optimizer.multiple import AnyOptimizer
from ..optimizer.schedules.base import LRScheduler
from ..optimizer.swap import swap
from ..recorder import Record
from .bars import Bar
from .engine import Batches
from .feed import Feed
from .native import NativeEngine, TrainFunc, train_func
from .recording import RunRecorder
from .restoring import RestorableLoop

__all__ = ["Trainer"]


class Trainer(RestorableLoop):
    """Trains a network step by step and records what each parameter does.

    Whatever is changed between two steps takes effect at the next one: learning rates in
    ``optimizer.param_groups``, what is attached to ``gm``. The mode of a layer does not: each step
    puts all layers into training mode, unless a ``train_func`` of your own leaves them alone. To
    keep the statistics of a batch norm fixed, set its ``freeze``.

    Args:
        net: the network.
        optimizer: an optimizer, or several combined.
        dataloader: yields (images, labels); one pass is an epoch.
        gm: with the tensors attached whose gradients are computed; all parameters of net if None.
        test_data: yields (images, labels), for the accuracy after each epoch; or None.
        schedule: of the optimizer's learning rates, stepped at the end of each epoch.
        schedule_every: ``"step"`` for a schedule that counts mini-batches, as OneCycleLR does:
            it is stepped after each of them, instead of after each ``"epoch"``.
        train_func: computes the loss and the gradients of one mini-batch.
        keep: how many numbers of each parameter the record keeps.

    Raises:
        ValueError: if the network has no parameters, the dataloader has no mini-batches, or another
            schedule was made later over the same groups.

    Warns:
        ParameterWarning: if the network has parameters that are attached to gm but not in the
            optimizer, or the optimizer has parameters that are not in the network; also at the
            beginning of an epoch, for those that were added or removed since.

    >>> from fineopt import data, models, optimizer
    >>> digits = data.dataset.ArrayDataset(np.zeros((8, 1, 32, 32)), np.arange(8))
    >>> net = models.LeNet()
    >>> loader = data.DataLoader(digits, data.SequentialSampler(digits, batch_size=4))
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.1), loader)
    >>> trainer.run(epochs=2).steps
    4

    Source: the document's training loop (训练中对学习速率的更改).
    """

    def __init__(
        self,
        net: Module,
        optimizer: AnyOptimizer,
        dataloader: Batches,
        gm: GradManager | None = None,
        *,
        test_data: Batches | None = None,
        schedule: LRScheduler | None = None,
        schedule_every: str = "epoch",
        train_func: TrainFunc = train_func,
        keep: int = 64,
    ) -> None:
        self.schedule_every = schedule_every
        self.test_data, self.schedule = test_data, schedule
        if schedule is not None:
            schedule.check()
        feed = Feed(dataloader)
        engine = NativeEngine(net, optimizer, gm, train_func)
        engine.check_parameters(known=False, stacklevel=2)
        super().__init__(engine, feed, RunRecorder(engine, feed.steps_per_epoch, keep))

    # ---- what it trains, and where it is ----

    @property
    def net(self) -> Module:
        """The network."""
        return self.engine.net

    @property
    def optimizer(self) -> AnyOptimizer:
        """The optimizer; see :meth:`swap_optimizer` for replacing it."""
        return self.engine.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: AnyOptimizer) -> None:
        self.engine.optimizer = optimizer

    @property
    def initial_optimizer(self) -> AnyOptimizer:
        """The optimizer that :meth:`reset` restores."""
        optimizer: AnyOptimizer = self._start.engine.optimizer
        return optimizer

    @property
    def gm(self) -> GradManager:
        """The GradManager; may be replaced between two steps."""
        return self.engine.gm

    @gm.setter
    def gm(self, gm: GradManager) -> None:
        self.engine.gm = gm

    @property
    def train_func(self) -> TrainFunc:
        """What computes the loss and the gradients; may be replaced between two steps."""
        return self.engine.train_func

    @train_func.setter
    def train_func(self, train_func: TrainFunc) -> None:
        self.engine.train_func = train_func

    @property
    def dataloader(self) -> Batches:
        """The dataloader; one that replaces it counts from the next epoch on."""
        return self._feed.dataloader

    @dataloader.setter
    def dataloader(self, dataloader: Batches) -> None:
        self._feed.dataloader = dataloader

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the network, and any others that the optimizer held, by name."""
        return dict(self.engine.parameters)

    @property
    def record(self) -> Record:
        """What was recorded since the start."""
        return self._recorder.record

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return self.record.epochs

    @property
    def step_in_epoch(self) -> int:
        """The number of steps taken in the current epoch."""
        return self._feed.step_in_epoch

    @property
    def steps_per_epoch(self) -> int | None:
        """The number of mini-batches in an epoch; None if the dataloader has no length."""
        return self._feed.steps_per_epoch

    # ---- training ----

    def run_epoch(self) -> float:
        """Train to the end of the current epoch, or for a whole one, and return its mean loss."""
        self.run(1)
        return float(self.record.epoch_loss[-1])

    def run(self, epochs: int = 1) -> Record:
        """Train for some epochs and return the record; an unfinished one counts as the first.

        In a notebook, a bar shows how far it has come.

        Raises:
            ValueError: if epochs is not an integer of at least 0.
        """
        if isinstance(epochs, bool) or not isinstance(epochs, int | np.integer) or epochs < 0:
            raise ValueError(f"epochs must be an integer of at least 0, not {epochs!r}")
        self._settle()
        last = self.epoch + epochs
        with Bar(epochs) as bar:
            while self.epoch < last:
                if self._draw():
                    self._train()
                else:
                    self._end_short_epoch()
                within = self.step_in_epoch / (self.steps_per_epoch or math.inf)
                bar.show(epochs - last + self.epoch + within)
        return self.record

    def swap_optimizer(
        self, group: int | str, rule: type[Optimizer], *, lr: float | None = None, **settings: Any
    ) -> None:
        """Move a group by another rule from the next step on; record and schedule continue.

        See :func:`fineopt.optimizer.swap.swap` for the arguments and what is raised.

        >>> from fineopt.models import LeNet
        >>> from fineopt.optimizer import SGD, Adam
        >>> net = LeNet()
        >>> trainer = Trainer(net, SGD(net.parameters(), lr=0.05), dataloader=iter([]))
        >>> trainer.swap_optimizer(0, Adam, lr=0.001)
        >>> trainer.optimizer
        MultipleOptimizer(Adam(group 0: 10 parameters, lr 0.001))
        """
        before = self.optimizer
        index = find_group(before.param_groups, group)
        live, old = before.param_groups[index], type(before.optimizer_of(index)).__name__
        self.optimizer = swap(before, group, rule, lr=lr, **settings)
        self._recorder.add_swap(live, old, rule.__name__)
        if self.schedule is not None and self.schedule.optimizer is before:
            self.schedule.follow(self.optimizer)  # also to groups that are added to it later
