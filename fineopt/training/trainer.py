"""The training loop, one synchronous step at a time, and its record."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Sized
from functools import partial
from itertools import islice
from typing import Any, Protocol

import numpy as np

from .. import functional as F
from ..atomic import Change, commit
from ..core.autodiff import GradManager
from ..core.tensor import Parameter, Tensor
from ..data.loader import Epoch
from ..errors import nearest
from ..functional.metric import count_right
from ..module import Module
from ..ops import Array
from ..optimizer.base import Optimizer
from ..optimizer.groups import learning_rates
from ..optimizer.labels import find_group, group_label, group_labels
from ..optimizer.multiple import AnyOptimizer
from ..optimizer.schedules.base import LRScheduler
from ..optimizer.swap import swap
from ..recorder import Record
from .agreement import warn_of_strangers
from .snapshot import Standing, Start, data_state

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
        net: put into training mode, every layer of it.
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
    ``optimizer.param_groups``, what is attached to ``gm``. Not the mode of a layer: each step puts
    all layers into training mode, unless a ``train_func`` of your own does not. A batch norm whose
    statistics are to stand still has ``freeze`` set.

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
        ValueError: for a network without parameters, a dataloader without mini-batches, or another
            schedule that was made later over the same groups.

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
        if self.steps_per_epoch == 0:
            raise ValueError(_NO_BATCHES)
        self._parameters = _named_parameters(net, optimizer)
        if not self._parameters:
            raise ValueError(f"there is nothing to train: {type(net).__name__} has no parameters")
        named, attached = dict(net.named_parameters()), self.gm.attached_tensors()
        warn_of_strangers(named, optimizer.parameters(), attached)
        self._keep = keep
        self.record = self._new_record()
        self._batches: Iterator[tuple[Array, Array]] | None = None
        self._drawn: list[tuple[Array, Array]] = []  # but not trained on yet
        self._buffers = list(net.buffers())
        self._standing: Standing | None = None  # before a step that has not come to its end
        self._unfinished = False  # a reset
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

        A step is recorded, with the end of its epoch if it ends one, or it is taken back: whatever
        is raised, in the test after an epoch too, the next call takes the same mini-batch again.

        Raises:
            Exception: what the network, the data, the optimizer or the test raise.

        Warns:
            UserWarning: where the dataloader yielded fewer mini-batches than its length says; the
                epoch ends with the last of them.
        """
        if not self._draw():
            self._end_short_epoch()
            self._draw()
        return self._train()

    def _train(self) -> float:
        try:
            self._standing = self._stand()
            value, changes = self._trained(*self._drawn[0])
            commit([*changes, partial(setattr, self, "_standing", None)])
        except BaseException:
            self._put_back()
            raise
        return value

    def _stand(self) -> Standing:
        return Standing((*self._parameters.values(), *self._buffers), self.optimizer)

    def _put_back(self) -> None:
        """Take back a step, or an epoch's end, that was cut off."""
        if self._standing is not None:
            commit([*self._standing.back(), partial(setattr, self, "_standing", None)])
            self.gm.release()

    def _trained(self, data: Array, label: Array) -> tuple[float, list[Change]]:
        """Move the parameters; return the loss, and what records the step."""
        if self.schedule is not None:
            self.schedule.check()  # before anything moves
        self.optimizer.clear_grad()
        _, loss = self.train_func(data, label, self.net, self.gm)
        groups = list(self.optimizer.param_groups)
        rates = dict(zip(map(id, groups), learning_rates(groups), strict=True))
        self.optimizer.step()
        self._note_new_groups()
        value, done = float(loss.item()), self.step_in_epoch + 1
        grads, values = self._grads(), self._values()
        used = [rates.get(id(group), math.nan) for group in self._groups]
        if self.steps_per_epoch is None:
            ends = len(self._drawn) < 2
        else:
            ends = done >= self.steps_per_epoch
        accuracy = self._tested() if ends else None
        recorded = self.record.stepped(value, used, values, grads, ends=ends, accuracy=accuracy)
        now: dict[str, Any] = {"_drawn": self._drawn[1:], "step_in_epoch": done}
        if ends:
            now |= {"_drawn": [], "step_in_epoch": 0, "_batches": None}
        if ends or self.schedule_every == "step":
            self._step_schedule()
        return value, [*recorded, partial(vars(self).update, now)]

    def _tested(self) -> float | None:
        return None if self.test_data is None else self.evaluate()

    def _step_schedule(self) -> None:
        if self.schedule is not None:
            assert self._standing is not None
            self._standing.add_dicts(vars(self.schedule), *self.optimizer.param_groups)
            self.schedule.step()

    def _end_short_epoch(self) -> None:
        """End the epoch under way, of whose mini-batches there are no more."""
        done, promised = self.step_in_epoch, self.steps_per_epoch
        try:
            self._standing = self._stand()
            accuracy = self._tested()
            ended = self.record.ended(accuracy, self._values(), self._grads())
            if self.schedule_every == "epoch":
                self._step_schedule()
            now = {"step_in_epoch": 0, "_batches": None, "_standing": None}
            commit([*ended, partial(vars(self).update, now)])
        except BaseException:
            self._put_back()
            raise
        warnings.warn(
            f"the dataloader yielded {done} mini-batches, though its length is {promised}: epoch "
            f"{self.epoch} ended with them",
            stacklevel=3,
        )

    def _draw(self) -> bool:
        """Have a mini-batch at hand; return False where the epoch under way has no more.

        Of a loader that can't tell its length two are drawn, to know which is the last.
        """
        self._settle()
        wanted = 2 if self.steps_per_epoch is None else 1
        for _ in range(2):  # a loader whose state was loaded may stand at the end of an epoch
            batches = self._batches
            if batches is None:
                self._look_for_strangers()
                batches = self._begin_epoch()
            if isinstance(batches, Epoch):  # where an interrupt may have lost one
                batches.position = self.step_in_epoch + len(self._drawn)
            self._drawn.extend(islice(batches, wanted - len(self._drawn)))
            if self._drawn:
                return True
            if self.record.steps > self.record._last_end:
                return False
            vars(self).update(_batches=None, step_in_epoch=0)
        raise ValueError(_NO_BATCHES)

    def _begin_epoch(self) -> Iterator[tuple[Array, Array]]:
        """Have the data's order drawn; an interrupt meanwhile lets the next call draw the same."""
        before = data_state(self.dataloader)
        try:
            batches = iter(self.dataloader)
            at = batches.position if isinstance(batches, Epoch) else 0
            vars(self).update(_batches=batches, step_in_epoch=at)
        except BaseException:
            if before is not None and self._batches is None:
                self.dataloader.load_state_dict(before)  # type: ignore[attr-defined]
            raise
        return batches

    def _look_for_strangers(self) -> None:
        named, attached = dict(self.net.named_parameters()), self.gm.attached_tensors()
        optimized = self.optimizer.parameters()
        warn_of_strangers(named, optimized, attached, self._parameters, stacklevel=4)

    def _settle(self) -> None:
        """Finish what an interrupt cut off, should it have come twice."""
        self._put_back()
        if self._unfinished:
            self._finish_reset()

    def run_epoch(self) -> float:
        """Train to the end of the epoch under way, or a whole one, and return its mean loss."""
        self._settle()
        epoch = self.epoch
        while self.epoch == epoch:
            if self._draw():
                self._train()
            else:
                self._end_short_epoch()
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
        modules = [vars(module) for module in self.net.modules()]
        modes = [partial(m.update, training=m["training"]) for m in modules]
        try:
            self.net.eval()
            for data, label in self.test_data:
                hits, labels = count_right(self.net(Tensor(data)), label)
                right, count = right + hits, count + labels
            commit(modes)
        except BaseException:
            commit(modes)
            raise
        if not count:
            raise ValueError(
                "test_data yields no mini-batch: is it a generator, which can be used only once? "
                "Give a list, or a DataLoader"
            )
        return right / count

    @property
    def initial_optimizer(self) -> AnyOptimizer:
        """The optimizer that the Trainer was made with."""
        return self._start._optimizer

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
        index = find_group(before.param_groups, group)
        live, old = before.param_groups[index], type(before.optimizer_of(index)).__name__
        self.optimizer = swap(before, group, rule, lr=lr, **settings)
        for i, known in enumerate(self._groups):  # one not yet recorded begins with its new rule
            if known is live:
                self.record.add_swap(i, old, rule.__name__)
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
        self._settle()
        self._start.check(self)
        before, own = Start(self, self._parameters), dict(vars(self))
        changes = self._start.restore(self)
        now: dict[str, Any] = {"_batches": None, "_drawn": [], "_standing": None}
        now |= {"step_in_epoch": self._start.step_in_epoch, "_unfinished": True}
        self.gm.release()
        try:
            commit([*changes, partial(vars(self).update, now)])
            self._finish_reset()
        except Exception:  # an interrupt, however, is no refusal: the next call finishes
            commit([*before.restore(self, grads=True), partial(vars(self).update, own)])
            raise

    def _finish_reset(self) -> None:
        self._start.finish(self)
        if [*map(id, self._groups)] == [*map(id, self.optimizer.param_groups)]:
            self.record.restart(self._values())
        else:  # groups were added or taken out since
            self.record = self._new_record()
        self._unfinished = False

    # ---- what is recorded ----

    def _new_record(self) -> Record:
        groups = self.optimizer.param_groups
        record = Record(
            {name: _group_of(p, groups) for name, p in self._parameters.items()},
            group_labels(groups),
            steps_per_epoch=self.steps_per_epoch,
            keep=self._keep,
        )
        record.start(self._values())
        self._groups = list(groups)  # in the record's order, in which later ones come last
        return record

    def _grads(self) -> dict[str, Array | None]:
        return {n: None if p.grad is None else p.grad._data for n, p in self._parameters.items()}

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
                added = self.record.with_group(group_label(groups, i), names)
                commit([*added, partial(self._groups.append, group)])


_NO_BATCHES = (
    "the dataloader yields no mini-batches: are there fewer items than batch_size, or is it an "
    "iterator that has been gone through?"
)


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
