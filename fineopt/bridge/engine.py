"""What an engine is in any framework whose networks have named parameters and param groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from .group_names import group_labels
from .savepoint import Savepoint

__all__ = ["WatchedEngine"]


class WatchedEngine:
    """A network and the optimizers that move it; each framework adds what is its own.

    Args:
        net: the network.
        optimizers: that move it in turn.
        schedulers: of their learning rates.
        scaler: of mixed precision, whose state is captured too.
        loader: with ``state_dict`` its place is captured too.
        loss: of a prediction and labels, for ``backward``.
    """

    State: ClassVar[Any]  # of the framework

    def __init__(
        self,
        net: Any,
        optimizers: Sequence[Any],
        schedulers: Iterable[Any],
        scaler: Any,
        loader: Any,
        loss: Any,
    ) -> None:
        self.net, self.optimizers = net, list(optimizers)
        self.schedulers = list(schedulers)
        self.scaler, self.loader, self.loss = scaler, loader, loss
        self.parameters: dict[str, Any] = self._named()

    def _named(self) -> dict[str, Any]:
        """Name the parameters of the network, and those that only an optimizer has."""
        named: dict[str, Any] = dict(self.net.named_parameters())
        known = {id(p) for p in named.values()}
        for k, opt in enumerate(self.optimizers):
            place = f"optimizer {k} " if len(self.optimizers) > 1 else ""
            for i, group in enumerate(opt.param_groups):
                for j, p in enumerate(group["params"]):
                    if id(p) not in known:
                        named[f"{place}group {i}[{j}]"] = p
                        known.add(id(p))
        return named

    def _names(self) -> dict[int, list[str]]:
        """Return all names of each of the network's parameters, by id."""
        raise NotImplementedError

    # ---- groups ----

    @property
    def optimizer(self) -> Any:
        """The optimizer, or the list of them."""
        return self.optimizers[0] if len(self.optimizers) == 1 else self.optimizers

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The live param groups of all optimizers."""
        return [group for opt in self.optimizers for group in opt.param_groups]

    def labels(self) -> list[str]:
        """Return the label of each group."""
        return group_labels(self.groups, self._names())

    # ---- parameters ----

    def clear_grad(self, name: str) -> None:
        """Set a parameter's gradient to None: a step then skips it."""
        self.parameters[name].grad = None

    def aliases(self) -> dict[str, list[str]]:
        """Return all names of each parameter that the network has; tied ones have several."""
        names = self._names()
        return {name: names[id(p)] for name, p in self.parameters.items() if id(p) in names}

    def tied(self) -> dict[str, list[str]]:
        """Return the other names of each parameter that has several."""
        return {own[0]: own[1:] for own in self.aliases().values() if len(own) > 1}

    # ---- watching again ----

    def follow_helpers_of(self, other: WatchedEngine) -> None:
        """Take the schedulers, the scaler and the loader that another engine was given."""
        self.schedulers[:] = other.schedulers or self.schedulers
        self.scaler, self.loader = other.scaler or self.scaler, other.loader or self.loader

    # ---- training ----

    def check_parameters(self, *, known: bool, stacklevel: int) -> None:
        """Do nothing: `audit` says more."""

    def step(self) -> None:
        """Let the optimizers move the parameters."""
        for opt in self.optimizers:
            opt.step()

    def evaluate(self, batches: Iterable[tuple[Any, Any]]) -> tuple[int, int]:
        """Return how many predictions are right, and how many there are."""
        modes = [(module, module.training) for module in self.net.modules()]
        right = count = 0
        try:
            self.net.eval()
            for data, label in batches:
                right += self._count_right(data, label)
                count += len(label)
        finally:
            for module, mode in modes:
                module.training = mode
        return right, count

    def _count_right(self, data: Any, label: Any) -> int:
        """Return how many predictions of a mini-batch are right."""
        raise NotImplementedError

    def release(self) -> None:
        """Do nothing: the framework keeps its own tape."""

    # ---- state ----

    def savepoint(self) -> Savepoint:
        """Capture what a step may change."""
        return Savepoint(self.State(self))

    def capture(self, former: Any = None) -> Any:
        """Capture all that a run may change; what an earlier state has is not stored again."""
        return self.State(self, former)

    def state_from(self, saved: Mapping[str, Any]) -> Any:
        """Return a state from what its ``state_dict`` returned; nothing is changed.

        Raises:
            Exception: of any kind if it is damaged, or of another network or optimizer.
        """
        return self.State.from_state_dict(self, saved)

    def description(self) -> dict[str, Any]:
        """Return by what an engine made likewise is recognised."""
        return {
            "parameters": {
                name: [[int(length) for length in p.shape], str(p.dtype)]
                for name, p in self.parameters.items()
            },
            "optimizers": [type(opt).__name__ for opt in self.optimizers],
            "schedulers": [type(schedule).__name__ for schedule in self.schedulers],
            "scaler": self.scaler is not None,
            "loader": callable(getattr(self.loader, "state_dict", None)),
        }
