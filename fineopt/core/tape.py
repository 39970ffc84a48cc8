"""The tape: operations on attached tensors in execution order, for reverse-mode differentiation.

Each recorded operation keeps the ids of the inputs that depend on an attached tensor, each with
its VJP. It keeps no Tensor, so releasing a tape frees its arrays immediately.
Source: Griewank and Walther, *Evaluating Derivatives*, chapter 3 (reverse mode).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from ..ops import VJP, Array

__all__ = ["Recording", "Tape", "Variable", "recording"]


class Variable(NamedTuple):
    """What the tape stores of a tensor."""

    id: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Tape:
    """Operations in execution order, from which :meth:`backward` computes gradients."""

    def __init__(self, attached: Iterable[int] = ()) -> None:
        self.attached = set(attached)
        self.tracked = set(self.attached)  # attached tensors and everything computed from them
        self.held: set[int] = set()  # inputs whose values the recorded VJPs may need unchanged
        self.opaque: set[int] = set()  # depend on attached tensors through unrecorded operations
        self._nodes: list[tuple[int, list[tuple[Variable, VJP]]]] = []

    def record(self, output: int, inputs: Iterable[Variable], vjps: Sequence[VJP]) -> None:
        """Record an operation if any of its inputs depends on an attached tensor."""
        inputs, tracked = list(inputs), self.tracked
        edges = [(x, vjp) for x, vjp in zip(inputs, vjps, strict=False) if x.id in tracked]
        if edges:
            self._nodes.append((output, edges))
            tracked.add(output)
            self.held.update([x.id for x in inputs])

    def attach(self, id: int) -> None:
        """Track the gradient of one more tensor from this operation on."""
        self.attached.add(id)
        self.tracked.add(id)

    def block(self, ids: set[int]) -> None:
        """Mark gradients computed by another tape: they cannot be differentiated again."""
        self.opaque |= ids
        self.tracked |= ids

    def backward(self, grads: dict[int, Array]) -> dict[int, Array]:
        """Propagate the gradients of some outputs back to the attached tensors.

        Only VJPs on a path to an attached tensor are called. The tape is empty afterwards.

        Raises:
            RuntimeError: if a path passes through a gradient, as in second derivatives.
        """
        while self._nodes:
            output, edges = self._nodes.pop()  # frees memory during the pass
            g = grads.get(output) if output in self.attached else grads.pop(output, None)
            if g is None:  # the outputs do not depend on this operation
                continue
            for x, vjp in edges:
                if x.id in self.opaque:
                    raise RuntimeError(_SECOND)
                dx = _unbroadcast(vjp(g), x)
                grads[x.id] = grads[x.id] + dx if x.id in grads else dx
        found = {id: g for id, g in grads.items() if id in self.attached}
        if not self.opaque.isdisjoint(grads):
            raise RuntimeError(_SECOND)
        return _own(found)


_SECOND = (
    "backward reached a gradient that another GradManager computed during this recording: second "
    "derivatives are not supported. Use grad.detach() to treat the gradient as a constant"
)


def _unbroadcast(g: Array, x: Variable) -> Array:
    """Sum g over the axes along which x was broadcast, and convert it to the dtype of x."""
    if g.shape != x.shape:
        if g.ndim > len(x.shape):
            g = g.sum(axis=tuple(range(g.ndim - len(x.shape))))
        stretched = tuple(i for i, n in enumerate(x.shape) if n == 1 and g.shape[i] != 1)
        if stretched:
            g = g.sum(axis=stretched, keepdims=True)
    return np.asarray(g, x.dtype)  # also converts the NumPy scalars of 0-d arithmetic


def _own(grads: dict[int, Array]) -> dict[int, Array]:
    """Copy views and shared arrays, so that each gradient can be scaled in place."""
    seen: set[int] = set()
    for key, g in grads.items():
        if g.base is not None or not g.flags.writeable or id(g) in seen:
            grads[key] = g = g.copy()
        seen.add(id(g))
    return grads


# ---- open recordings ----


class Recording(partial[None]):
    """An open recording, for as long as the object lives and has a tape.

    Only the caller that began it holds a reference. A ``with`` statement calls it on exit; as a
    partial it is C code, so no traceback can keep a frame of it alive.
    """

    tape: Tape | None = None


class _Recordings(threading.local):
    def __init__(self) -> None:
        self.open: list[ref[Recording]] = []

    @property
    def tapes(self) -> list[Tape]:
        """The tapes that are recording in this thread; recordings may nest."""
        if not self.open:
            return []
        alive = [recording for known in self.open if (recording := known())]
        return [recording.tape for recording in alive if recording.tape is not None]


recording = _Recordings()
