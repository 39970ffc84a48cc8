"""Reading the steps of optimizers, whatever the framework."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .steering import Steering

__all__ = ["LateLoss", "MakeReader", "ReadStep", "Reader"]

Floats = NDArray[np.float64]


class ReadStep(NamedTuple):
    """One step, as it was read: see `fineopt.recorder.Sample` for the arrays."""

    loss: float
    lr: list[float]
    row: Floats | None
    sums: Floats | None
    had: NDArray[np.bool_] | None
    norms: Floats | None


class LateLoss(NamedTuple):
    """The loss of the newest step, which was told after it."""

    loss: float


class Reader:
    """Reads what each step of some optimizers used, and what it did; each framework has its own.

    ``before_step`` and ``after_step`` are functions called around each step: the first before the
    learning rates set by hand are written. ``frozen`` are names of parameters whose gradients no
    step may use. Without ``recording``, steps are steered but not read.

    Args:
        engine: whose optimizers are read.
        steering: writes the learning rates set by hand around each step.
        every: steps between two readings of elements.
        norms_every: steps between two readings of norms and of sums of gradients.
        contain: called with an exception of our own, which must not stop training.
    """

    def __init__(
        self,
        engine: Any,
        steering: Steering,
        *,
        every: int,
        norms_every: int,
        contain: Callable[[Exception], None],
    ) -> None:
        self.engine, self.steering, self._contain = engine, steering, contain
        self._every, self._norms_every = every, norms_every
        self.steps_read = 0
        self.recording = True
        self.frozen: set[str] = set()
        self.before_step: list[Callable[[], None]] = []
        self.after_step: list[Callable[[], None]] = []
        self._loss: Any = None  # of the next step, or the value of its closure
        self._is_told = False  # whether the newest step's loss was told

    # ---- for each framework ----

    def remove(self) -> None:
        """Remove the hooks."""
        raise NotImplementedError

    def row(self) -> Floats:
        """Return the kept elements of all parameters, in one row, waiting for them."""
        raise NotImplementedError

    def values(self) -> list[Floats]:
        """Return the values of each parameter, of large ones a portion."""
        raise NotImplementedError

    def gradients(self) -> dict[str, Floats | None]:
        """Return the gradients likewise, by name; None where there is none."""
        raise NotImplementedError

    def steps(self, *, wait: bool, hold: bool = False) -> list[ReadStep | LateLoss]:
        """Return the steps whose numbers have arrived, in order, each of them once.

        Args:
            wait: whether to wait for those that have not.
            hold: whether to hold back the newest step, whose loss is yet to be told.
        """
        raise NotImplementedError

    def _begin(self, k: int, opt: Any) -> None:
        """Read what a step of optimizer k is about to use."""
        raise NotImplementedError

    def _finish(self, opt: Any) -> None:
        """Read what the step did."""
        raise NotImplementedError

    def _late(self, loss: Any) -> None:
        """Keep the loss of the newest step, as it was told."""
        raise NotImplementedError

    def waits(self) -> bool:
        """Return whether reading values in the middle of a loop waits for a device."""
        return False

    def recompiling(self) -> list[str]:
        """Return the classes of steered optimizers whose step a new lr compiles again."""
        return []

    # ---- the loss ----

    def expect_loss(self, loss: Any) -> None:
        """Set the loss of the next step: a number, or a tensor."""
        self._loss = as_number(loss)

    def amend_loss(self, loss: Any) -> None:
        """Set the loss of the newest step, once: later ones are of mini-batches without a step."""
        if not self._is_told:
            self._is_told = True
            self._late(as_number(loss))

    def take_loss(self) -> Any:
        """Return the loss of the step that is over, NaN if it is unknown, and forget it."""
        loss, self._loss = math.nan if self._loss is None else self._loss, None
        self._is_told = False
        return loss

    def restart(self, steps: int) -> None:
        """Read on as after so many steps; what was on its way is dropped."""
        self._loss = None
        self.steps_read = steps

    # ---- around a step ----

    def before(self, k: int, opt: Any) -> None:
        """Steer and read before a step of optimizer k."""
        try:
            for call in self.before_step:
                call()
            self.steering.before(k)
            for name in self.frozen:  # frozen between a forward and its backward pass
                self.engine.clear_grad(name)
            if self.recording:
                self._begin(k, opt)
        except Exception as error:
            self._contain(error)

    def after(self, k: int, opt: Any) -> None:
        """Read after a step of optimizer k, and put the learning rates of schedules back."""
        try:
            if self.recording:
                self._finish(opt)
        except Exception as error:
            self._contain(error)
        finally:
            try:
                self.steering.after(k)
            except Exception as error:
                self._contain(error)
        for call in list(self.after_step):  # each contains its own errors; an interrupt passes
            call()


class MakeReader(Protocol):
    """Makes the reader of an engine's steps."""

    def __call__(
        self,
        engine: Any,
        steering: Steering,
        indices: Mapping[str, NDArray[np.int64]],
        *,
        every: int,
        norms_every: int,
        contain: Callable[[Exception], None],
    ) -> Reader:
        """Make it.

        Args:
            engine, steering, every, norms_every, contain: as of `Reader`.
            indices: of the elements of each parameter that are read.
        """


def check_loss(value: Any) -> None:
    """Check for a number, or a tensor or an array of at least one.

    Raises:
        TypeError, ValueError: if it is none; its numbers are not looked at.

    >>> check_loss("0.5")
    Traceback (most recent call last):
    TypeError: the loss must be a number, or a tensor of one, not '0.5' (a str)
    """
    if isinstance(value, str) or not (hasattr(value, "item") or hasattr(value, "__float__")):
        raise TypeError(
            f"the loss must be a number, or a tensor of one, not {value!r} (a "
            f"{type(value).__name__})"
        )
    if 0 in tuple(getattr(value, "shape", ())):
        raise ValueError("the loss must be a number, or a tensor of one; this one is empty")


def as_number(value: Any) -> Any:
    """Return a loss: a number, or a tensor of PyTorch out of its graph, which is not waited for."""
    if hasattr(value, "requires_grad") and hasattr(value, "detach"):
        return value.detach()
    return float(np.mean(value)) if isinstance(value, np.ndarray) else float(value)
