"""fineopt's own networks and optimizers as the subject of an audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ... import functional as F
from ... import random
from ...atomic import commit
from ...checks import plain
from ...core.autodiff import GradManager
from ...core.capture import Captured, array_of
from ...core.naming import members
from ...core.parameter import Parameter
from ...core.tensor import Tensor
from ...language import say
from ...module import BatchNorm1d, BatchNorm2d, Module
from ...optimizer.base import Optimizer
from ...optimizer.groups import learning_rate
from ...optimizer.labels import group_labels, parameter_label
from ...optimizer.multiple import MultipleOptimizer
from ...optimizer.schedules.groups import governor
from ...types import Array, State
from ..bits import compare, fingerprint, grade, same_bits
from ..subject import Entry, Gradient, Holder, Move, Unpredictable

__all__ = ["NativeSubject"]

MARKS = ("params", "name", "lr", "initial_lr", "scheduled_lr")


class NativeSubject:
    """A Module and the optimizers that move it.

    Args:
        net: the network.
        optimizers: each is one Optimizer.
        gm: with the tensors attached whose gradients are computed; all parameters if None.
        loss: computes the loss of a prediction and labels; cross entropy if None.
        train_func: computes the gradients of a mini-batch; by the loss if None.
    """

    def __init__(
        self,
        net: Module,
        optimizers: Sequence[Optimizer],
        gm: GradManager | None = None,
        loss: Callable[[Any, Any], Any] | None = None,
        train_func: Callable[..., Any] | None = None,
    ) -> None:
        self.net, self.optimizers, self.gm = net, list(optimizers), gm
        self.loss = F.loss.cross_entropy if loss is None else loss
        self.train_func = self._train if train_func is None else train_func

    # ---- what there is ----

    def entries(self) -> list[Entry]:
        """Return the network's parameters, in order of definition, and the optimizers' others."""
        names: dict[int, list[str]] = {}
        found: dict[int, Parameter] = {}
        for name, p in _parameters(self.net):
            names.setdefault(id(p), []).append(name)
            found.setdefault(id(p), p)
        own, holders = set(found), self._holders()
        for opt in self.optimizers:
            for j, p in enumerate(opt.parameters()):
                if id(p) not in found:
                    names[id(p)], found[id(p)] = [parameter_label(j, p)], p
        gm = self.gm
        attached = own if gm is None else {id(x) for x in gm.attached_tensors()}
        return [
            Entry(tuple(names[key]), p, tuple(holders.get(key, ())), key in own, key in attached)
            for key, p in found.items()
        ]

    def _holders(self) -> dict[int, list[Holder]]:
        groups = [(opt, group) for opt in self.optimizers for group in opt.param_groups]
        labels = group_labels([group for _, group in groups])
        holders: dict[int, list[Holder]] = {}
        for i, ((opt, group), label) in enumerate(zip(groups, labels, strict=True)):
            settings = {k: plain(v) for k, v in group.items() if k not in MARKS}
            holder = Holder(
                opt, type(opt).__name__, label, group, learning_rate(i, group), settings
            )
            for p in group["params"]:
                holders.setdefault(id(p), []).append(holder)
        return holders

    def shape(self, p: Parameter) -> tuple[int, ...]:
        """Return a parameter's shape."""
        return p.shape

    def dtype(self, p: Parameter) -> str:
        """Return the name of a parameter's dtype."""
        return str(p.dtype)

    def gradient(self, p: Parameter) -> Gradient:
        """Return what the gradient of a parameter is like."""
        return grade(None if p.grad is None else array_of(p.grad))

    def gradient_array(self, p: Parameter) -> Array | None:
        """Return a parameter's gradient, or None."""
        return None if p.grad is None else array_of(p.grad)

    # ---- the next step ----

    def age(self, p: Parameter, holder: Holder) -> int:
        """Return how many steps the optimizer has taken with a parameter."""
        return int(holder.optimizer.state_of(p).get("step", 0))

    def has_memory(self, p: Parameter, holder: Holder) -> bool:
        """Return whether a step changes what the optimizer keeps of a parameter."""
        return p.grad is not None and len(self._update(p, holder)[1]) > 1

    def move(self, p: Parameter, holder: Holder, **overrides: Any) -> Move:
        """Return what a step would do now, on copies.

        Raises:
            Unpredictable: if the optimizer's class has a ``step`` of its own.
        """
        opt = holder.optimizer
        if type(opt).step is not Optimizer.step:
            raise Unpredictable(say("{name} has a step() of its own", name=holder.name))
        before = array_of(p)
        if overrides and p.grad is not None:
            after = self._update(p, holder, **overrides)[0].astype(before.dtype)
        else:
            after = opt.preview(p)
        return compare(before, before if after is None else after)

    def rounded(self, p: Parameter, holder: Holder) -> int:
        """Return how many numbers would change in float64 but stay the same in their dtype."""
        if p.grad is None:
            return 0
        before = array_of(p)
        with np.errstate(all="ignore"):
            exact = self._update(p, holder, dtype=np.dtype("float64"))[0]
            still = same_bits(before, exact.astype(before.dtype))
        return int((still & (exact != before).ravel()).sum())

    def _update(
        self, p: Parameter, holder: Holder, dtype: np.dtype[Any] | None = None, **overrides: Any
    ) -> tuple[Array, State]:
        """Return the parameter's next value and state, in some dtype."""
        assert p.grad is not None
        opt, known = holder.optimizer, holder.optimizer.state_of(p)
        dtype = dtype or np.result_type(p.dtype, np.float32)
        state = {k: v.astype(dtype) if isinstance(v, np.ndarray) else v for k, v in known.items()}
        state["step"] = state.get("step", 0) + 1
        w, g = array_of(p).astype(dtype), array_of(p.grad).astype(dtype)
        settings = {k: plain(v) for k, v in holder.group.items() if k != "params"} | overrides
        opt.update(w, g, settings, state)
        return w, state

    def fingerprint(self, p: Parameter) -> int:
        """Return a number that nearly always differs when any bit of the value does."""
        return fingerprint(array_of(p))

    @contextmanager
    def gradients_of(self, batch: tuple[Any, Any]) -> Iterator[None]:
        """Compute the gradients of a mini-batch, meanwhile; afterwards all is as it was."""
        data, label = batch
        entries = [entry.parameter for entry in self.entries()]
        modules = [(vars(module), module.training) for module in self.net.modules()]
        kept = Captured([*entries, *self.net.buffers()])
        stream = random.get_state()
        try:
            for p in entries:
                p.grad = None
            self.train_func(data, label, self.net, self._side())
            yield
        finally:
            commit(kept.restoring())
            for attributes, mode in modules:
                attributes["training"] = mode
            random.set_state(stream)

    def _train(self, data: Any, label: Any, net: Module, gm: GradManager) -> None:
        net.train()
        with gm:
            gm.backward(self.loss(net(Tensor(data)), label))

    def _side(self) -> GradManager:
        """Return a GradManager with the same tensors and callbacks, whose use leaves gm alone."""
        side = GradManager()
        if self.gm is None:
            return side.attach(self.net.parameters())
        for x in self.gm.attached_tensors():
            side.attach(x, self.gm.callbacks(x))
        return side

    # ---- the network as a whole ----

    def moving_statistics(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield the name of each layer whose statistics move in training, and its parameters."""
        for name, module in self.net.named_modules():
            if isinstance(module, BatchNorm1d | BatchNorm2d):
                own = [p for p in (module.weight, module.bias) if p is not None]
                if module.running_mean is not None and not module.freeze and own:
                    yield name or type(module).__name__, own

    def hidden(self) -> Iterator[str]:
        """Yield nothing: a Module finds what is in lists and dicts."""
        return iter(())

    def schedule_findings(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """Yield (code, groups, detail) of groups whose lr the other groups' schedules skip."""
        groups = [group for opt in self.optimizers for group in opt.param_groups]
        owners = [governor(group) for group in groups]
        left = [
            label
            for label, group, owner in zip(group_labels(groups), groups, owners, strict=True)
            if owner is None or owner.skips(group)
        ]
        if any(owner is not None for owner in owners):
            yield "schedule skips a group", tuple(left), ""


def optimizers_of(optimizer: Any) -> list[Optimizer]:
    """Return the optimizers that one combines, or itself."""
    return list(optimizer.opts) if isinstance(optimizer, MultipleOptimizer) else [optimizer]


def _parameters(
    module: Module, prefix: str = "", above: tuple[int, ...] = ()
) -> Iterator[tuple[str, Parameter]]:
    """Yield (name, parameter) in order of definition, shared ones under each name."""
    for attribute, value in vars(module).items():
        for path, item in members(value, attribute):
            if isinstance(item, Parameter):
                yield prefix + path, item
            elif isinstance(item, Module) and id(item) not in (*above, id(module)):
                yield from _parameters(item, f"{prefix}{path}.", (*above, id(module)))
