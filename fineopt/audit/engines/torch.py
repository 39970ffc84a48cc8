"""A PyTorch network and its optimizers as the subject of an audit."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from ...bridge.torch import names as naming
from ...bridge.torch.gather import real
from ...bridge.torch.step import CoupledError, next_blocks, next_value
from ..subject import Entry, Gradient, Holder, Move, Unpredictable
from .held import holders_of, with_others
from .torch_bits import compare, fingerprint, norm, words_of
from .torch_schedules import schedule_findings

__all__ = ["TorchSubject"]


class TorchSubject:
    """A torch.nn.Module and the optimizers that move it.

    Args:
        net: the network.
        optimizers: of torch.optim, or classes like it.
        loss: computes the loss of a prediction and labels; cross entropy if None.
        schedules: of the optimizers.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizers: Sequence[Any],
        loss: Callable[[Any, Any], Any] | None = None,
        schedules: Sequence[Any] = (),
    ) -> None:
        self.net, self.optimizers, self.schedules = net, list(optimizers), list(schedules)
        self.loss = nn.functional.cross_entropy if loss is None else loss
        self._aside: dict[int, torch.Tensor | None] | None = None

    # ---- what there is ----

    def entries(self) -> list[Entry]:
        """Return the network's parameters, in order of definition, and the optimizers' others."""
        names = naming.names_of(self.net)
        own = {id(p) for p in self.net.parameters()}
        holders = holders_of(self.optimizers, names)
        found = with_others(self.net.parameters(), self.optimizers, names)
        return [
            Entry(tuple(names[key]), p, tuple(holders.get(key, ())), key in own, p.requires_grad)
            for key, p in found.items()
        ]

    def shape(self, p: torch.Tensor) -> tuple[int, ...]:
        """Return a parameter's shape."""
        return tuple(p.shape)

    def dtype(self, p: torch.Tensor) -> str:
        """Return the name of a parameter's dtype."""
        return str(p.dtype).removeprefix("torch.")

    def gradient(self, p: torch.Tensor) -> Gradient:
        """Return what the gradient of a parameter is like."""
        grad = p.grad
        if grad is None:
            return Gradient("None", None)
        values = real(grad.coalesce().values() if grad.is_sparse else grad.detach())
        length = norm(values)
        if np.isfinite(length):
            return Gradient("finite" if length or bool(values.any()) else "zero", length)
        return Gradient("nan" if bool(values.isnan().any()) else "inf", length)

    def gradient_array(self, p: torch.Tensor) -> Any:
        """Return a parameter's gradient as an ndarray, or None."""
        if p.grad is None:
            return None
        grad = p.grad.to_dense() if p.grad.is_sparse else p.grad
        return real(grad.detach()).to(torch.float64).cpu().numpy()

    # ---- the next step ----

    def age(self, p: torch.Tensor, holder: Holder) -> int:
        """Return how many steps the optimizer has taken with a parameter."""
        state = holder.optimizer.state.get(p, {})
        step = state.get("step", 0)
        return int(step) if step else int(bool(state))

    def has_memory(self, p: torch.Tensor, holder: Holder) -> bool:
        """Return whether a step changes what the optimizer keeps of a parameter."""
        if p.grad is None:
            return False
        state = self._next(p, holder)[1]
        return any(isinstance(v, torch.Tensor) and v.shape == p.shape for v in state.values())

    def move(self, p: torch.Tensor, holder: Holder, **overrides: Any) -> Move:
        """Return what a step would do now, on copies.

        Raises:
            Unpredictable: if it cannot be computed for one parameter alone.
        """
        known = {key: value for key, value in overrides.items() if key in holder.group}
        try:
            return compare(next_blocks(holder.optimizer, dict(holder.group), p, **known))
        except CoupledError as reason:
            raise Unpredictable(str(reason)) from None

    def rounded(self, p: torch.Tensor, holder: Holder) -> int:
        """Return how many numbers would change in float64 but stay the same in their dtype."""
        if p.grad is None or p.grad.is_sparse or p.is_complex():
            return 0
        before = p.detach()
        try:
            exact = self._next(p, holder, dtype=torch.float64)[0]
        except Unpredictable:  # some optimizers are only for their own dtype
            return 0
        still = words_of(before) == words_of(exact.to(before.dtype))
        return int((still & (exact != before).reshape(-1)).sum())

    def _next(
        self, p: torch.Tensor, holder: Holder, **options: Any
    ) -> tuple[torch.Tensor, dict[str, Any]]:
        try:
            return next_value(holder.optimizer, dict(holder.group), p, **options)
        except CoupledError as reason:
            raise Unpredictable(str(reason)) from None

    def fingerprint(self, p: torch.Tensor) -> int:
        """Return a number that nearly always differs when any bit of the value does."""
        return fingerprint(p.detach())

    @contextmanager
    def gradients_of(self, batch: tuple[Any, Any]) -> Iterator[None]:
        """Compute the gradients of a mini-batch, meanwhile; afterwards all is as it was.

        By ``autograd.grad``, which calls no hook that waits for accumulated gradients.
        """
        data, label = batch
        every = [entry.parameter for entry in self.entries()]
        wanted = [p for p in every if p.requires_grad]
        modes = [(module, module.training) for module in self.net.modules()]
        grads = [(p, p.grad) for p in every]
        buffers = [(x, x.detach().clone()) for x in self.net.buffers()]
        streams = random.getstate(), np.random.get_state(), torch.get_rng_state()
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        try:
            if not self.net.training:  # else single layers may be in eval mode on purpose
                self.net.train()
            with torch.enable_grad():
                loss = self.loss(self.net(data), label)
                found = (
                    torch.autograd.grad(loss, wanted, allow_unused=True)
                    if wanted and loss.requires_grad
                    else [None] * len(wanted)
                )
            for p in every:
                p.grad = None
            for p, grad in zip(wanted, found, strict=True):
                p.grad = None if grad is None else grad.detach()
            yield
        finally:
            for p, grad in grads:
                p.grad = grad
            with torch.no_grad():
                for x, value in buffers:
                    x.copy_(value)
            for module, mode in modes:
                module.training = mode
            random.setstate(streams[0])
            np.random.set_state(streams[1])
            torch.set_rng_state(streams[2])
            if cuda:
                torch.cuda.set_rng_state_all(cuda)

    # ---- the network as a whole ----

    def moving_statistics(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield the name of each layer whose statistics move in training, and its parameters."""
        for name, module in self.net.named_modules():
            own = list(module.parameters(recurse=False))
            moves = getattr(module, "track_running_stats", False) and module.training
            if moves and own and getattr(module, "running_mean", None) is not None:
                yield name or type(module).__name__, own

    def hidden(self) -> Iterator[str]:
        """Yield where modules lie in plain lists or dicts."""
        return naming.hidden_in(self.net)

    def schedule_findings(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """Yield what the schedulers will do unexpectedly."""
        return schedule_findings(self.schedules, naming.names_of(self.net))
