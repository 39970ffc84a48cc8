"""The training loop, one synchronous step at a time, and its record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Protocol

import numpy as np

from . import functional as F
from .agreement import warn_of_strangers
from .autodiff import GradManager
from .errors import nearest
from .functional.metric import count_right
from .module import Module
from .ops import Array
from .optimizer.groups import learning_rates
from .optimizer.labels import group_label, group_labels
from .optimizer.multiple import AnyOptimizer
from .optimizer.optimizer import Optimizer
from .optimizer.schedule import LRScheduler
from .optimizer.swap import swap
from .recorder import Record
from .snapshot import Start
from .tensor import Parameter, Tensor

__all__ = ["TrainFunc", "Trainer", "train_func"]

Batches = Iterable[tuple[Array, Array]]


class TrainFunc(Protocol):
    """Computes prediction, loss and gradients of one mini-batch, as the document's does."""

    def __call__(self, data: Any, label: Any, net: Any, gm: Any, /) -> tuple[Tensor, Tensor]:
        """Return prediction and loss; leave the gradients in the parameters."""


def train_func(data: Any, label: Any, net: Module, gm: GradManager) -> tuple[Tensor, Tensor]:
    """Compute prediction, cross entropy and gradients of one mini-batch.

    Args:
        data: images, (N, C, H, W).
        label: integers, (N,).
        net: put into training mode.
        gm: gets the gradients of what is attached to it.

    >>> from fineopt.models import LeNet
    >>> net = LeNet()
    >>> gm = GradManager().attach(net.parameters())
    >>> pred, loss = train_func(np.zeros((2, 1, 32, 32)), np.array([3, 1]), net, gm)
    >>> pred.shape, net.fc1.bias.grad.shape
    ((2, 10), (120,))

    Source: the document's chapter 网络的训练和测试.
    """
    net.train()
    with gm:
        pred = net(Tensor(data))
        loss = F.loss.cross_entropy(pred, label)
        gm.backward(loss)
    return pred, loss


class Trainer:
    """Trains a network step by step and records what each parameter does.

    Whatever is changed between two steps takes effect at the next one: learning rates in
    ``optimizer.param_groups``, what is attached to ``gm``, the mode of a layer.

    Args:
        net: the network.
        optimizer: an optimizer, or several as one.
        dataloader: yields (images, labels); once through is an epoch.
        gm: with the tensors that get gradients attached; all parameters of net if None.
        test_data: yields (images, labels), for the accuracy after each epoch; or None.
        schedule: of the optimizer's learning rates; begins its next epoch when ours is over.
        schedule_every: ``"step"`` for a schedule that counts mini-batches, as OneCycleLR does:
            it is stepped after each of them, instead of after each ``"epoch"``.
        train_func: computes one mini-batch's loss and gradients.
        keep: how many numbers of each parameter the record keeps.

    Raises:
        ValueError: for a network without parameters, or another schedule that was made later over
            the same groups.

    Warns:
        ParameterWarning: for parameters that the network has and the optimizer hasn't, unless they
            are not attached to gm, and for those that the optimizer has and the network hasn't;
            also at the beginning of an epoch, for those that were put in or taken out since.

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
        self.net, self.optimizer, self.dataloader = net, optimizer, dataloader
        self.gm = GradManager().attach(net.parameters()) if gm is None else gm
        self.test_data, self.train_func = test_data, train_func
        self.schedule, self.schedule_every = schedule, schedule_every
        if schedule is not None:
            schedule.check()
        self.steps_per_epoch = len(dataloader) if isinstance(dataloader, Sized) else None
        self._parameters = _named_parameters(net, optimizer)
        if not self._parameters:
            raise ValueError(f"there is nothing to train: {type(net).__name__} has no parameters")
        named, attached = dict(net.named_parameters()), self.gm.attached_tensors()
        warn_of_strangers(named, optimizer.parameters(), attached)
        self._keep = keep
        self.record = self._new_record()
        self._batches: Iterator[tuple[Array, Array]] | None = None
        self._batch: tuple[Array, Array] | None = None  # drawn, but not trained on yet
        self._start = Start(self, self._parameters)
        self.step_in_epoch: int = self._start.step_in_epoch

    @property
    def epoch(self) -> int:
        """How many epochs are finished."""
        return self.record.epochs

    @property
    def schedule_every(self) -> str:
        """After what the schedule is stepped, ``"epoch"`` or ``"step"``.

        Raises:
            ValueError: when set to anything else.
        """
        return self._schedule_every

    @schedule_every.setter
    def schedule_every(self, every: str) -> None:
        if every not in ("epoch", "step"):
            raise ValueError(
                f"schedule_every is 'epoch' or 'step', not {every!r}: "
                f"{nearest(every, ('epoch', 'step'))}"
            )
        self._schedule_every = every

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the network, and any others that the optimizer held, by name."""
        return dict(self._parameters)

    # ---- training ----

    def step(self) -> float:
        """Train on the next mini-batch and return its loss.

        Raises:
            Exception: what the network, the data or the optimizer raise. Nothing is recorded
                then, and the next call takes the same mini-batch again.
        """
        data, label = self._next_batch()
        if self.schedule is not None:
            self.schedule.check()  # before anything moves
        self.optimizer.clear_grad()
        _, loss = self.train_func(data, label, self.net, self.gm)
        groups = list(self.optimizer.param_groups)
        rates = dict(zip(map(id, groups), learning_rates(groups), strict=True))
        self.optimizer.step()
        self._note_new_groups()
        value = float(loss.item())
        grads = {n: None if p.grad is None else p.grad._data for n, p in self._parameters.items()}
        used = [rates.get(id(group), math.nan) for group in self._groups]
        values = self._values()
        self.record.add_step(value, used, values, grads)
        self._batch = None
        self.step_in_epoch += 1
        if self.schedule is not None and self.schedule_every == "step":
            self.schedule.step()
        if self._epoch_is_over():
            self.step_in_epoch, self._batches = 0, None
            accuracy = None if self.test_data is None else self.evaluate()
            self.record.end_epoch(accuracy, values, grads)
            if self.schedule is not None and self.schedule_every == "epoch":
                self.schedule.step()
        return value

    def _next_batch(self) -> tuple[Array, Array]:
        for _ in range(2):  # a loader whose state was loaded may stand at the end of an epoch
            if self._batches is None:
                self._look_for_strangers()
                self._batches = iter(self.dataloader)
            if self._batch is None:
                self._batch = next(self._batches, None)
            if self._batch is not None:
                return self._batch
            self._batches, self.step_in_epoch = None, 0
        raise ValueError("the dataloader has no mini-batch: fewer items than batch_size?")

    def _look_for_strangers(self) -> None:
        named, attached = dict(self.net.named_parameters()), self.gm.attached_tensors()
        optimized = self.optimizer.parameters()
        warn_of_strangers(named, optimized, attached, self._parameters, stacklevel=4)

    def _epoch_is_over(self) -> bool:
        if self.steps_per_epoch is not None:
            return self.step_in_epoch >= self.steps_per_epoch
        assert self._batches is not None  # a loader that can't tell its length: look ahead
        self._batch = next(self._batches, None)
        return self._batch is None

    def run_epoch(self) -> float:
        """Train to the end of the epoch under way, or a whole one, and return its mean loss."""
        epoch = self.epoch
        while self.epoch == epoch:
            self.step()
        return float(self.record.epoch_loss[-1])

    def run(self, epochs: int = 1) -> Record:
        """Train for some epochs and return the record; one under way counts as the first.

        Raises:
            ValueError: if epochs is no integer of at least 0.
        """
        if isinstance(epochs, bool) or not isinstance(epochs, int | np.integer) or epochs < 0:
            raise ValueError(f"epochs is an integer of at least 0, not {epochs!r}")
        for _ in range(epochs):
            self.run_epoch()
        return self.record

    def evaluate(self) -> float:
        """Return the share of test_data that the network gets right, from 0 to 1.

        Raises:
            TypeError: for labels that are not integers.
            ValueError: if there is no test_data, or none left in it; for labels that are not one
                class a sample.
        """
        if self.test_data is None:
            raise ValueError("there is nothing to test on: give the Trainer test_data=")
        right = count = 0
        modes = [(module, module.training) for module in self.net.modules()]
        self.net.eval()
        try:
            for data, label in self.test_data:
                hits, labels = count_right(self.net(Tensor(data)), label)
                right, count = right + hits, count + labels
        finally:
            for module, mode in modes:
                module.training = mode
        if not count:
            raise ValueError(
                "test_data yields no mini-batch: is it a generator, which can be used only once? "
                "Give a list, or a DataLoader"
            )
        return right / count

    # ---- another optimizer ----

    def swap_optimizer(
        self, group: int | str, rule: type[Optimizer], *, lr: float | None = None, **settings: Any
    ) -> None:
        """Move a group by another rule from the next step on; record and schedule go on.

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
        self.optimizer = swap(before, group, rule, lr=lr, **settings)
        if self.schedule is not None and self.schedule.optimizer is before:
            self.schedule.follow(self.optimizer)  # also to groups that are added to it later

    # ---- back to the start ----

    def reset(self) -> None:
        """Go back, bit for bit, to where things stood when the Trainer was made.

        That is the network, the optimizer with its groups and their settings, what is attached,
        the schedule, the order of the data, the stream of random numbers; the record is empty
        again. The optimizer is the very same one as then, also after :meth:`swap_optimizer`.

        Raises:
            Exception: what the network or the dataloader raise, where they can't go back, such as
                ValueError for a network that has got other parameters since. Then nothing has
                changed.
        """
        self._start.restore(self)
        self._batches, self._batch = None, None
        self.step_in_epoch = self._start.step_in_epoch
        if [*map(id, self._groups)] == [*map(id, self.optimizer.param_groups)]:
            self.record.clear()
            self.record.start(self._values())
        else:  # groups were added or taken out since
            self.record = self._new_record()

    # ---- what is recorded ----

    def _new_record(self) -> Record:
        groups = self.optimizer.param_groups
        self._groups = list(groups)  # in the record's order, in which later ones come last
        record = Record(
            {name: _group_of(p, groups) for name, p in self._parameters.items()},
            group_labels(groups),
            steps_per_epoch=self.steps_per_epoch,
            keep=self._keep,
        )
        record.start(self._values())
        return record

    def _values(self) -> dict[str, Array]:
        return {name: p._data for name, p in self._parameters.items()}

    def _note_new_groups(self) -> None:
        groups = self.optimizer.param_groups
        for i, group in enumerate(groups):
            if not any(group is known for known in self._groups):
                held = {id(p) for p in group["params"]}
                # one that moved here stays, in the record, in the group of its first steps
                free = (n for n, group in self.record.parameters.items() if group is None)
                names = [name for name in free if id(self._parameters[name]) in held]
                self.record.add_group(group_label(groups, i), names)
                self._groups.append(group)


def _named_parameters(net: Module, optimizer: AnyOptimizer) -> dict[str, Parameter]:
    """Name the parameters of the network, and any others that the optimizer holds."""
    named = dict(net.named_parameters())
    known = {id(p) for p in named.values()}
    for i, group in enumerate(optimizer.param_groups):
        for j, p in enumerate(group["params"]):
            if id(p) not in known:
                named[f"{group_label(optimizer.param_groups, i)}[{j}]"] = p
    return named


def _group_of(p: Parameter, groups: Iterable[dict[str, Any]]) -> int | None:
    return next((i for i, g in enumerate(groups) if any(p is q for q in g["params"])), None)
