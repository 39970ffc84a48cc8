"""What an audit needs to know of a framework: fineopt's own parameters are one subject, PyTorch's
another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

__all__ = ["Entry", "Gradient", "Holder", "Move", "Subject", "Unpredictable"]


@dataclass(frozen=True)
class Holder:
    """A param group that holds a parameter.

    Args:
        optimizer: the optimizer's object.
        name: of its class.
        label: of the group, unique among all groups.
        group: the live dict.
        lr: the group's learning rate, as a Python number.
        settings: its other hyperparameters.
        unread: its keys that the optimizer does not read.
    """

    optimizer: Any
    name: str
    label: str
    group: Mapping[str, Any] = field(repr=False)
    lr: float
    settings: Mapping[str, Any]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A parameter with all its names, and all groups that hold it."""

    names: tuple[str, ...]
    parameter: Any = field(repr=False)
    holders: tuple[Holder, ...]
    in_network: bool
    attached: bool


class Gradient(NamedTuple):
    """A gradient's kind, ``'None'``, ``'zero'``, ``'finite'``, ``'nan'`` or ``'inf'``, and norm."""

    kind: str
    norm: float | None


class Move(NamedTuple):
    """What a step does to one parameter.

    Args:
        moved: how many of its numbers change, to the bit.
        distance: the L2 norm of the change, computed in float64.
        norm: the L2 norm before.
        fingerprint: of the value afterwards.
    """

    moved: int
    distance: float
    norm: float
    fingerprint: int


class Unpredictable(Exception):
    """Raised where a step cannot be computed for one parameter alone; says why."""


class Subject(Protocol):
    """A network and its optimizers, seen without changing them."""

    def entries(self) -> list[Entry]:
        """Return all parameters of the network, in order of definition, and of the optimizers."""

    def shape(self, p: Any) -> tuple[int, ...]:
        """Return a parameter's shape."""

    def dtype(self, p: Any) -> str:
        """Return the name of a parameter's dtype."""

    def gradient(self, p: Any) -> Gradient:
        """Return what the gradient of a parameter is like."""

    def gradient_array(self, p: Any) -> NDArray[Any] | None:
        """Return a parameter's gradient as an ndarray, or None."""

    def age(self, p: Any, holder: Holder) -> int:
        """Return how many steps the optimizer has taken with a parameter."""

    def has_memory(self, p: Any, holder: Holder) -> bool:
        """Return whether a step changes the parameter's state, such as momentum or averages."""

    def move(self, p: Any, holder: Holder, **overrides: Any) -> Move:
        """Return what a step would do now, on copies, with other hyperparameters if given.

        Raises:
            Unpredictable: if it cannot be computed for one parameter alone.
        """

    def rounded(self, p: Any, holder: Holder) -> int:
        """Return how many numbers would change in float64 but stay the same in their dtype."""

    def fingerprint(self, p: Any) -> int:
        """Return a number that differs, but for rare accidents, when any bit of the value does."""

    def gradients_of(self, batch: tuple[Any, Any]) -> AbstractContextManager[Any]:
        """Compute the gradients of a mini-batch, meanwhile; afterwards all is as it was."""

    def moving_statistics(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield the name of each layer whose statistics move in training, and its parameters."""

    def hidden(self) -> Iterator[str]:
        """Yield the places in the network whose parameters it does not know."""

    def schedule_findings(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """Yield (code, groups or parameters, detail) of what its schedules do unexpectedly."""
