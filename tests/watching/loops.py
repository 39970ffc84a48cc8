"""Training loops of different kinds, which a timeline must replay to the bit."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import fineopt
from tests.watching.small import (
    X,
    Y,
    loss_of,
    make_groups,
    make_model,
    make_scaler,
    nn,
    seed,
    torch,
)

STEPS = 3  # of an epoch


class Loader:
    """Shuffled mini-batches with a state, as torchdata's StatefulDataLoader has one."""

    def __init__(self) -> None:
        self._stream = np.random.RandomState(2)
        self.left: list[int] = []

    def __iter__(self) -> Iterator[Any]:
        if not self.left:
            self.left = self._stream.permutation(STEPS).tolist()
        while self.left:
            i = self.left.pop()
            rows = [2 * i, 2 * i + 1]
            yield X[rows], Y[rows]

    def state_dict(self) -> dict[str, Any]:
        return {"stream": self._stream.get_state(), "left": list(self.left)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._stream.set_state(state["stream"])
        self.left = list(state["left"])


class Loop:
    """A user's loop over a model with batch norm and dropout.

    Args:
        optimizer: makes it, of param groups.
        schedule: makes it, of the optimizer.
        each: "step" or "epoch", when the schedule is stepped.
        options: of the loop: scaler, accumulate, closure, noise, plateau.
    """

    def __init__(
        self,
        optimizer: Callable[[Any], Any],
        schedule: Callable[[Any], Any] | None = None,
        each: str = "epoch",
        model: Callable[[], Any] = make_model,
        **options: Any,
    ) -> None:
        seed()
        self.model, self.options, self.each = model(), options, each
        self.optimizer = optimizer(self._groups())
        self.schedule = schedule(self.optimizer) if schedule else None
        self.scaler = make_scaler(init_scale=8.0, growth_interval=3)
        self.loader = Loader()
        self.watch = fineopt.watch(
            self.model,
            self.optimizer,
            [self.schedule] if self.schedule else [],
            scaler=self.scaler,
            loader=self.loader,
            steps_per_epoch=STEPS if options.get("full") else None,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # it must be exact
            self.timeline = self.watch.timeline(keep=100)

    def _groups(self) -> Any:
        if isinstance(self.model, nn.Sequential):
            if self.options.get("closure"):
                return self.model.parameters()
            return make_groups(self.model)
        return self.model.parameters()

    def epoch(self) -> list[float]:
        """Train for an epoch; return the losses."""
        losses = []
        for x, y in self.loader:
            losses.append(self._step(x, y))
            if self.schedule is not None and self.each == "step":
                self.schedule.step()
        if self.schedule is not None and self.each == "epoch":
            self.schedule.step(*([losses[-1]] if self.options.get("plateau") else []))
        if not self.options.get("full"):
            self.watch.end_epoch()
        return losses

    def _step(self, x: Any, y: Any) -> float:
        if self.options.get("noise"):
            x = x + float(np.random.normal()) + random.random() + torch.rand(1)

        def closure() -> Any:
            if not self.options.get("accumulate") and not self.options.get("after"):
                self.optimizer.zero_grad(set_to_none=not self.options.get("zeros"))
            loss = self._loss(x, y)
            loss.backward()
            return loss

        if self.options.get("closure"):
            return float(self.optimizer.step(closure).detach())
        if self.options.get("scaler"):
            self.optimizer.zero_grad()
            loss = self._loss(x, y)
            big = float("inf") if len(self.loader.left) == 1 else 1.0  # this step is skipped
            self.scaler.scale(loss * big).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
        else:
            loss = closure()
            self.optimizer.step()
            if self.options.get("after"):  # some loops clear gradients there
                self.optimizer.zero_grad(set_to_none=not self.options.get("zeros"))
        self.watch.loss(loss)
        return float(loss.detach())

    def _loss(self, x: Any, y: Any) -> Any:
        if self.options.get("tokens"):
            return nn.functional.cross_entropy(self.model(y), y)
        return nn.functional.cross_entropy(self.model(x), y)

    def state(self) -> list[Any]:
        """Return everything that tells two runs apart."""
        state = [x.clone() for x in self.model.state_dict().values()]
        for p in self.model.parameters():
            inner = self.optimizer.state.get(p, {})
            state += [x.clone() for x in inner.values() if isinstance(x, torch.Tensor)]
        numbers = [float(group["lr"]) for group in self.optimizer.param_groups]
        streams = [torch.get_rng_state().tolist(), np.random.get_state()[1].tolist()]
        scale = self.scaler.get_scale()
        return [state, numbers, streams, random.getstate(), scale, self.watch.record.loss.tolist()]


def same(one: Any, other: Any) -> bool:
    """Return whether two states are equal to the bit."""
    if isinstance(one, torch.Tensor):
        bits = [x.contiguous().reshape(-1).view(torch.uint8) for x in (one, other)]
        return one.dtype == other.dtype and torch.equal(*bits)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other or (one != one and other != other))


S = torch.optim.lr_scheduler
SGD, ADAM = torch.optim.SGD, torch.optim.Adam

LOOPS: dict[str, Callable[[], Loop]] = {
    "SGD with momentum": lambda: Loop(lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
    "foreach Nesterov": lambda: Loop(
        lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True, foreach=True)
    ),
    "Adam": lambda: Loop(lambda p: ADAM(p, lr=0.01, amsgrad=True), noise=True),
    "fused AdamW": lambda: Loop(lambda p: torch.optim.AdamW(p, lr=0.01, fused=True)),
    "tensor lr": lambda: Loop(
        lambda p: ADAM(p, lr=torch.tensor(0.01), foreach=False), lambda o: S.StepLR(o, 1, 0.5)
    ),
    "Rprop": lambda: Loop(lambda p: torch.optim.Rprop(p, lr=0.01)),
    "LBFGS": lambda: Loop(lambda p: torch.optim.LBFGS(p, lr=0.1, max_iter=3), closure=True),
    "LambdaLR": lambda: Loop(
        lambda p: SGD(p, lr=0.1, momentum=0.9), lambda o: S.LambdaLR(o, lambda e: 0.9**e)
    ),
    "OneCycleLR": lambda: Loop(
        lambda p: ADAM(p, lr=0.01), lambda o: S.OneCycleLR(o, 0.1, total_steps=99), "step"
    ),
    "WarmRestarts": lambda: Loop(
        lambda p: SGD(p, lr=0.1), lambda o: S.CosineAnnealingWarmRestarts(o, 3), "step"
    ),
    "SequentialLR": lambda: Loop(
        lambda p: SGD(p, lr=0.1),
        lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, 1.0, 4), S.ExponentialLR(o, 0.9)], [4]),
        "step",
    ),
    "plateau": lambda: Loop(
        lambda p: SGD(p, lr=0.1), lambda o: S.ReduceLROnPlateau(o, patience=0), plateau=True
    ),
    "scaler": lambda: Loop(lambda p: SGD(p, lr=0.1, momentum=0.9), scaler=True),
    "accumulated gradients": lambda: Loop(lambda p: SGD(p, lr=0.01), accumulate=True),
    "zeroed gradients": lambda: Loop(lambda p: ADAM(p, lr=0.01, weight_decay=0.1), zeros=True),
    "bf16": lambda: Loop(lambda p: ADAM(p, lr=0.01), model=lambda: Low(torch.bfloat16)),
    "sparse": lambda: Loop(lambda p: torch.optim.SparseAdam(p, lr=0.1), model=Words, tokens=True),
    "epochs of known length": lambda: Loop(
        lambda p: ADAM(p, lr=0.01), lambda o: S.StepLR(o, 1, 0.5), full=True
    ),
    "gradients cleared after the step, epochs of known length": lambda: Loop(
        lambda p: ADAM(p, lr=0.01), full=True, after=True
    ),
    "gradients zeroed after the step, epochs of known length": lambda: Loop(
        lambda p: ADAM(p, lr=0.01, weight_decay=0.1), full=True, after=True, zeros=True
    ),
    "accumulated gradients, epochs of known length": lambda: Loop(
        lambda p: SGD(p, lr=0.01), full=True, accumulate=True
    ),
    "schedule per step, epochs of known length": lambda: Loop(
        lambda p: ADAM(p, lr=0.01), lambda o: S.ExponentialLR(o, 0.9), "step", full=True
    ),
}


class Low(nn.Module):
    """A model whose parameters have a low precision."""

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.inner = make_model(dtype)
        self.scale = nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
        self.unused = nn.Parameter(torch.ones(2, dtype=torch.complex64))

    def forward(self, x: Any) -> Any:
        return self.inner(x.to(torch.bfloat16)).float() * self.scale.float()


class Words(nn.Module):
    """A table of embeddings with sparse gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(6, 3, sparse=True)

    def forward(self, tokens: Any) -> Any:
        return self.table(tokens)


def freeze_head(loop: Loop) -> None:
    loop.watch.groups[-1].frozen = True


def freeze_by_name(loop: Loop) -> None:
    loop.watch.freeze("*")
    loop.watch.unfreeze("*weight")


def steer(loop: Loop) -> None:
    loop.watch.groups[0].lr = 0.003


def settings(loop: Loop) -> None:
    for module in loop.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.1
    loop.optimizer.param_groups[0]["weight_decay"] = 0.5


def add_group(loop: Loop) -> None:
    if isinstance(loop.optimizer, torch.optim.LBFGS) or loop.schedule is not None:
        return
    loop.optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2))], "lr": 0.1})


def draw(loop: Loop) -> None:
    torch.rand(3), np.random.random_sample(), random.random()


def other_values(loop: Loop) -> None:
    with torch.no_grad():
        for p in loop.model.parameters():
            p.mul_(0.5)
    loss_of(loop.model) if isinstance(loop.model, nn.Sequential) else None  # moves statistics


CHANGES = {
    f.__name__: f
    for f in (freeze_head, freeze_by_name, steer, settings, add_group, draw, other_values)
}
