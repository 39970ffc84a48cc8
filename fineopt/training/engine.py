"""What a run needs of a framework: fineopt's own engine is one, PyTorch can be another.

The trainer, its snapshots, the recorder and the panels reach parameters through an `Engine` alone,
by name and as ndarrays, so none of them changes with the framework.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from ..atomic import Change
from ..types import Array, Group

__all__ = ["Batches", "Engine", "EngineState", "Savepoint"]

Batches = Iterable[tuple[Array, Array]]


class Savepoint(Protocol):
    """What one step may change, captured before it."""

    def add(self, *dicts: dict[str, Any]) -> None:
        """Capture the items of dicts too, such as a schedule's attributes and its groups."""

    def restoring(self) -> list[Change]:
        """Return the changes that undo the step."""


class EngineState(Protocol):
    """All that training, or a panel, may change in the framework's objects, captured."""

    @property
    def optimizer(self) -> Any:
        """The optimizer that the engine had."""

    def check(self) -> None:
        """Check that the state can be restored.

        Raises:
            ValueError: if the network has other parameters or buffers than when it was captured.
            RuntimeError: if a parameter is in use, as while a tape records.
        """

    def restoring(self) -> list[Change]:
        """Return the changes that restore the state.

        A gradient that the next step clears becomes None; others are restored.
        """

    def finish(self) -> None:
        """Restore what only ``load_state_dict`` can; calling it again does no harm."""

    def value(self, name: str) -> Array:
        """Return a parameter's value."""

    def is_same_as(self, other: Any) -> bool:
        """Return whether another state of this engine is the same, and surely so."""

    def arrays(self) -> Iterable[Array]:
        """Return the arrays that the state keeps alive."""

    def check_functions(self, start: Any) -> None:
        """Check that the functions are those the run began with, as functions cannot be saved.

        Args:
            start: the state at the start of the run.

        Raises:
            TypeError: if they are others.
        """

    def state_dict(self, groups: Sequence[Group]) -> dict[str, Any]:
        """Return the state as plain dicts, numbers, strings and read-only arrays, by name.

        Args:
            groups: the live groups, in the order by which they are numbered.
        """


class Engine(Protocol):
    """A network with its optimizer, as seen by a run.

    Parameters go by name. Arrays are handed out without a copy and must not be written to; a later
    step never changes them.
    """

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the framework's parameters by name, also those that only the optimizer has."""

    @property
    def optimizer(self) -> Any:
        """What moves the parameters; may be replaced."""

    @property
    def groups(self) -> Sequence[Group]:
        """The live param groups, as dicts with ``params`` and ``lr``."""

    # ---- parameters ----

    def value(self, name: str) -> Array:
        """Return a parameter's value."""

    def grad(self, name: str) -> Array | None:
        """Return a parameter's gradient, or None."""

    def clear_grad(self, name: str) -> None:
        """Set a parameter's gradient to None."""

    def attached(self) -> set[str]:
        """Return the names of the parameters whose gradients are computed."""

    def attach(self, name: str) -> None:
        """Compute a parameter's gradient from the next step on, as before it was detached."""

    def detach(self, name: str) -> None:
        """Compute no gradient of a parameter from the next step on, and clear its gradient."""

    # ---- training ----

    def check_parameters(self, *, known: bool, stacklevel: int) -> None:
        """Warn if network and optimizer do not hold the same parameters.

        Args:
            known: whether to report only what has changed since the engine was made.
            stacklevel: as in `warnings.warn`, seen from the caller.
        """

    def backward(self, data: Array, label: Array) -> float:
        """Clear the gradients, compute those of one mini-batch, and return its loss."""

    def step(self) -> None:
        """Let the optimizer move the parameters by their gradients."""

    def evaluate(self, batches: Batches) -> tuple[int, int]:
        """Return how many predictions are right, and how many there are."""

    # ---- state ----

    def savepoint(self) -> Savepoint:
        """Capture what a step may change; cheap enough for each step."""

    def capture(self) -> EngineState:
        """Capture all that a run may change."""

    def release(self) -> None:
        """Abandon a backward pass that was interrupted."""
