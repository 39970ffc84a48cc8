"""A MegEngine network and its optimizers as the subject of an audit."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...bridge.group_names import group_labels
from ...bridge.megengine.names import names_of
from ...bridge.megengine.next_step import CoupledError, next_value
from ...bridge.megengine.values import COPIER, fill
from ...types import Array
from ..bits import compare, fingerprint, grade, same_bits
from ..subject import Entry, Gradient, Holder, Move, Unpredictable
from .held import holders_of, with_others

__all__ = ["MegEngineSubject"]


class MegEngineSubject:
    """A megengine.module.Module and the optimizers that move it.

    Args:
        net: the network.
        optimizers: of megengine.optimizer.
        gm: with the tensors attached whose gradients are computed; all parameters if None.
        loss: computes the loss of a prediction and labels; cross entropy if None.
        schedules: of the optimizers.
    """

    def __init__(
        self,
        net: Any,
        optimizers: Sequence[Any],
        gm: Any = None,
        loss: Callable[[Any, Any], Any] | None = None,
        schedules: Sequence[Any] = (),
    ) -> None:
        self.net, self.optimizers, self.gm = net, list(optimizers), gm
        self.loss, self.schedules = loss, list(schedules)

    # ---- what there is ----

    def entries(self) -> list[Entry]:
        """Return the network's parameters, in its order, and the optimizers' others."""
        names = names_of(self.net)
        own = {id(p) for p in self.net.parameters()}
        holders = holders_of(self.optimizers, names)
        found = with_others(self.net.parameters(), self.optimizers, names)
        attached = own if self.gm is None else {id(x) for x in self.gm.attached_tensors()}
        return [
            Entry(tuple(names[key]), p, tuple(holders.get(key, ())), key in own, key in attached)
            for key, p in found.items()
        ]

    def shape(self, p: Any) -> tuple[int, ...]:
        """Return a parameter's shape."""
        return tuple(int(length) for length in p.shape)

    def dtype(self, p: Any) -> str:
        """Return the name of a parameter's dtype."""
        return str(np.dtype(p.dtype))

    def gradient(self, p: Any) -> Gradient:
        """Return what the gradient of a parameter is like."""
        return grade(self.gradient_array(p))

    def gradient_array(self, p: Any) -> Array | None:
        """Return a parameter's gradient as an ndarray, or None."""
        return None if p.grad is None else np.array(p.grad.numpy())

    # ---- the next step ----

    def age(self, p: Any, holder: Holder) -> int:
        """Return how many steps the optimizer has taken with a parameter.

        A rule that does not count them, such as momentum, only shows whether there was one.
        """
        state = holder.optimizer._state.get(p, {})
        if "step" in state:
            return int(state["step"].numpy())
        return int(any(bool(part.numpy().any()) for part in state.values()))

    def has_memory(self, p: Any, holder: Holder) -> bool:
        """Return whether a step changes what the optimizer keeps of a parameter."""
        if p.grad is None:
            return False
        state = self._next(p, holder)[1]
        return any(part.shape == self.shape(p) for part in state.values())

    def move(self, p: Any, holder: Holder, **overrides: Any) -> Move:
        """Return what a step would do now, on copies.

        Raises:
            Unpredictable: if it cannot be computed for one parameter alone.
        """
        known = {key: value for key, value in overrides.items() if key in holder.group}
        return compare(np.array(p.numpy()), self._next(p, holder, **known)[0])

    def rounded(self, p: Any, holder: Holder) -> int:
        """Return how many numbers stay the same although, from 0, the step would move them.

        MegEngine does not compute in float64, in which such an update could be seen.
        """
        if p.grad is None:
            return 0
        before = np.array(p.numpy())
        still = same_bits(before, self._next(p, holder)[0])
        known = {"weight_decay": 0.0} if "weight_decay" in holder.group else {}
        update = self._next(p, holder, value=np.zeros_like(before), **known)[0]
        return int((still & (update != 0).ravel() & np.isfinite(update).ravel()).sum())

    def _next(self, p: Any, holder: Holder, **options: Any) -> tuple[Array, dict[str, Array]]:
        try:
            return next_value(holder.optimizer, dict(holder.group), p, **options)
        except CoupledError as reason:
            raise Unpredictable(str(reason)) from None

    def fingerprint(self, p: Any) -> int:
        """Return a number that nearly always differs when any bit of the value does."""
        return fingerprint(np.array(p.numpy()))

    @contextmanager
    def gradients_of(self, batch: tuple[Any, Any]) -> Iterator[None]:
        """Compute the gradients of a mini-batch, meanwhile; afterwards all is as it was.

        Raises:
            ValueError: if the network has a dropout, whose random numbers could not be put back.
        """
        from megengine.autodiff import GradManager
        from megengine.functional.nn import cross_entropy

        self._check_that_nothing_is_drawn()
        every = [(entry.parameter, entry.attached) for entry in self.entries()]
        grads = [(p, p.grad) for p, _ in every]
        buffers = [(x, COPIER.stored(x)) for x in self.net.buffers()]
        modes = [(module, module.training) for module in self.net.modules()]
        streams = random.getstate(), np.random.get_state()
        try:
            if not self.net.training:  # else single layers may be in eval mode on purpose
                self.net.train()
            for p, _ in every:
                p.grad = None
            data, label = batch
            gm = GradManager().attach([p for p, attached in every if attached])
            with gm:
                gm.backward((self.loss or cross_entropy)(self.net(_tensor(data)), _tensor(label)))
            yield
        finally:
            for p, grad in grads:
                p.grad = grad
            for x, kept in buffers:
                fill(x, kept)
            for module, mode in modes:
                module.training = mode
            random.setstate(streams[0])
            np.random.set_state(streams[1])

    def _check_that_nothing_is_drawn(self) -> None:
        from megengine.module import Dropout

        for name, module in self.net.named_modules():
            if isinstance(module, Dropout) and module.drop_prob > 0:
                raise ValueError(
                    f"{name} would draw random numbers, and MegEngine's generator cannot be put "
                    "back: call audit() without a batch, after backward"
                )

    # ---- the network as a whole ----

    def moving_statistics(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield the name of each layer whose statistics move in training, and its parameters."""
        for name, module in self.net.named_modules():
            moves = getattr(module, "track_running_stats", False) and module.training
            if moves and not getattr(module, "freeze", False):
                own = list(module.parameters(recursive=False))
                if own and getattr(module, "running_mean", None) is not None:
                    yield name or type(module).__name__, own

    def hidden(self) -> Iterator[str]:
        """Yield nothing: a Module finds what is in lists and dicts."""
        return iter(())

    def schedule_findings(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """Yield (code, groups, name of the schedule) of what schedules do unexpectedly."""
        for schedule in self.schedules:
            groups, kind = schedule.optimizer.param_groups, type(schedule).__name__
            labels = group_labels(groups, names_of(self.net))
            if left := labels[len(schedule.base_lrs) :]:
                yield "schedule skips a group", tuple(left), kind
            lost = [
                label
                for label, group, lr in zip(labels, groups, _written(schedule), strict=False)
                if lr is not None and group["lr"] != lr
            ]
            yield "schedule overwrites the lr", tuple(lost), kind


def _written(schedule: Any) -> list[float | None]:
    """Return what a schedule wrote last; nothing where only its step knows.

    MegEngine's own compute each lr from what the groups began with.
    """
    if not type(schedule).__module__.startswith("megengine."):
        return [None] * len(schedule.base_lrs)
    return [float(lr) for lr in schedule.get_lr()]


def _tensor(value: Any) -> Any:
    import megengine

    return megengine.Tensor(value) if isinstance(value, np.ndarray) else value
