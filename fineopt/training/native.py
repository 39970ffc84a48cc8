"""fineopt's own engine: a Module, an Optimizer and a GradManager as a run sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Protocol

from .. import functional as F
from ..atomic import commit
from ..core.autodiff import GradManager
from ..core.capture import array_of
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..functional.metric import count_right
from ..module import Module
from ..optimizer.labels import group_label
from ..optimizer.multiple import AnyOptimizer
from ..types import Array, Group
from .agreement import warn_of_mismatch
from .engine import Batches
from .states.capture import capture
from .states.native import NativeState
from .states.savepoint import NativeSavepoint

__all__ = ["NativeEngine", "TrainFunc", "train_func"]


class TrainFunc(Protocol):
    """Computes prediction, loss and gradients of one mini-batch, as the document's does."""

    def __call__(self, data: Any, label: Any, net: Any, gm: Any, /) -> tuple[Tensor, Tensor]:
        """Return prediction and loss; leave the gradients in the parameters."""


def train_func(data: Any, label: Any, net: Module, gm: GradManager) -> tuple[Tensor, Tensor]:
    """Compute the prediction, the cross entropy and the gradients of one mini-batch.

    Args:
        data: images, (N, C, H, W).
        label: integers, (N,).
        net: put into training mode, all its layers included.
        gm: computes the gradients of the tensors attached to it.

    >>> import numpy as np
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


class NativeEngine:
    """A network, its optimizer and its GradManager.

    Args:
        net: the network.
        optimizer: an optimizer, or several combined.
        gm: with the tensors attached whose gradients are computed; all parameters if None.
        train_func: computes the loss and the gradients of one mini-batch.

    Raises:
        ValueError: if there are no parameters.

    >>> from fineopt.models import LeNet
    >>> from fineopt.optimizer import SGD
    >>> net = LeNet()
    >>> engine = NativeEngine(net, SGD(net.parameters(), lr=0.1))
    >>> engine.value("fc2.bias").shape, engine.grad("fc2.bias")
    ((84,), None)
    """

    def __init__(
        self,
        net: Module,
        optimizer: AnyOptimizer,
        gm: GradManager | None = None,
        train_func: TrainFunc = train_func,
    ) -> None:
        self.net, self.optimizer, self.train_func = net, optimizer, train_func
        self.gm = GradManager().attach(net.parameters()) if gm is None else gm
        self.parameters = _named_parameters(net, optimizer)
        if not self.parameters:
            raise ValueError(f"there is nothing to train: {type(net).__name__} has no parameters")
        self._buffers = list(net.buffers())
        self.detached: dict[str, list[Any]] = {}  # of parameters that were detached here

    @property
    def groups(self) -> list[Group]:
        """The live param groups."""
        return list(self.optimizer.param_groups)

    # ---- parameters ----

    def value(self, name: str) -> Array:
        """Return a parameter's value, without a copy."""
        return array_of(self.parameters[name])

    def grad(self, name: str) -> Array | None:
        """Return a parameter's gradient, without a copy, or None."""
        grad = self.parameters[name].grad
        return None if grad is None else array_of(grad)

    def clear_grad(self, name: str) -> None:
        """Set a parameter's gradient to None."""
        self.parameters[name].grad = None

    def attached(self) -> set[str]:
        """Return the names of the parameters that are attached to the GradManager."""
        attached = {id(x) for x in self.gm.attached_tensors()}
        return {name for name, p in self.parameters.items() if id(p) in attached}

    def attach(self, name: str) -> None:
        """Attach a parameter to the GradManager, with the callbacks it had when detached here."""
        self.gm.attach(self.parameters[name], self.detached.pop(name, None))

    def detach(self, name: str) -> None:
        """Detach a parameter from the GradManager and clear its gradient."""
        p = self.parameters[name]
        self.detached[name] = self.gm.callbacks(p)
        self.gm.detach(p)
        p.grad = None

    # ---- training ----

    def check_parameters(self, *, known: bool, stacklevel: int) -> None:
        """Warn if network and optimizer do not hold the same parameters."""
        warn_of_mismatch(
            dict(self.net.named_parameters()),
            self.optimizer.parameters(),
            self.gm.attached_tensors(),
            self.parameters if known else None,
            stacklevel + 1,
        )

    def backward(self, data: Array, label: Array) -> float:
        """Clear the gradients, compute those of one mini-batch, and return its loss."""
        self.optimizer.clear_grad()
        _, loss = self.train_func(data, label, self.net, self.gm)
        return float(loss.item())

    def step(self) -> None:
        """Let the optimizer move the parameters by their gradients."""
        self.optimizer.step()

    def evaluate(self, batches: Batches) -> tuple[int, int]:
        """Return how many predictions are right, and how many there are.

        The network is in evaluation mode meanwhile; afterwards each layer has its mode again.

        Raises:
            TypeError: if labels are not integers.
            ValueError: if there is not one label for each sample.
        """
        right = count = 0
        modules = [vars(module) for module in self.net.modules()]
        modes = [partial(m.update, training=m["training"]) for m in modules]
        try:
            self.net.eval()
            for data, label in batches:
                hits, labels = count_right(self.net(Tensor(data)), label)
                right, count = right + hits, count + labels
            commit(modes)
        except BaseException:
            commit(modes)
            raise
        return right, count

    # ---- state ----

    def savepoint(self) -> NativeSavepoint:
        """Capture what a step may change."""
        return NativeSavepoint([*self.parameters.values(), *self._buffers], self.optimizer)

    def capture(self) -> NativeState:
        """Capture the network, the optimizer with its groups, and what is attached."""
        return capture(self)

    def release(self) -> None:
        """Abandon the recording of a backward pass that was interrupted."""
        self.gm.release()


def _named_parameters(net: Module, optimizer: AnyOptimizer) -> dict[str, Parameter]:
    """Name the parameters of the network, and any others that the optimizer holds."""
    named = dict(net.named_parameters())
    return named | dict(_others(optimizer.param_groups, {id(p) for p in named.values()}))


def _others(groups: Iterable[Group], known: set[int]) -> Iterator[tuple[str, Parameter]]:
    every = list(groups)
    for i, group in enumerate(every):
        for j, p in enumerate(group["params"]):
            if id(p) not in known:
                yield f"{group_label(every, i)}[{j}]", p
