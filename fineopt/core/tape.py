"""The tape: what has been computed from attached tensors, in order, ready to be walked back.

Each recorded operation keeps the ids of the inputs that lead to an attached tensor, with the VJP
of each. It keeps no Tensor, so a tape that is let go frees its arrays at once.
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
    """What the tape needs to know of a tensor."""

    id: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Recording(partial[None]):
    """A recording under way: open as long as this lives and has a tape.

    Nothing but what began it holds it. Called, as a ``with`` statement does when it is left, it is
    a partial, which is C: no frame of it can be kept by a traceback.
    """

    tape: Tape | None = None


class _Recordings(threading.local):
    def __init__(self) -> None:
        self.open: list[ref[Recording]] = []

    @property
    def tapes(self) -> list[Tape]:
        """The tapes that record now, in this thread; several may nest."""
        if not self.open:
            return []
        alive = [recording for known in self.open if (recording := known())]
        return [recording.tape for recording in alive if recording.tape is not None]


recording = _Recordings()


class Tape:
    """Operations in execution order, from which :meth:`backward` finds gradients."""

    def __init__(self, attached: Iterable[int] = ()) -> None:
        self.attached = set(attached)
        self.tracked = set(self.attached)  # attached tensors, and all that was computed from them
        self.held: set[int] = set()  # inputs whose values the recorded VJPs may need unchanged
        self.opaque: set[int] = set()  # depend on attached tensors, through what is not recorded
        self._nodes: list[tuple[int, list[tuple[Variable, VJP]]]] = []

    def record(self, output: int, inputs: Iterable[Variable], vjps: Sequence[VJP]) -> None:
        """Note an operation, if any input leads to an attached tensor."""
        inputs, tracked = list(inputs), self.tracked
        edges = [(x, vjp) for x, vjp in zip(inputs, vjps, strict=False) if x.id in tracked]
        if edges:
            self._nodes.append((output, edges))
            tracked.add(output)
            self.held.update([x.id for x in inputs])

    def attach(self, id: int) -> None:
        """Want the gradient of one more tensor, from here on."""
        self.attached.add(id)
        self.tracked.add(id)

    def block(self, ids: set[int]) -> None:
        """Take note of gradients that another tape has found: there is no way back through them."""
        self.opaque |= ids
        self.tracked |= ids

    def backward(self, grads: dict[int, Array]) -> dict[int, Array]:
        """Walk back from the gradients of some outputs to those of the attached tensors.

        Only VJPs that lead to an attached tensor are called. The tape is empty afterwards.

        Raises:
            RuntimeError: if the way leads through a gradient, which would need second derivatives.
        """
        while self._nodes:
            output, edges = self._nodes.pop()  # popped, so that memory is given back on the way
            g = grads.get(output) if output in self.attached else grads.pop(output, None)
            if g is None:  # this output does not lead to the ones asked for
                continue
            for x, vjp in edges:
                if x.id in self.opaque:
                    raise RuntimeError(_SECOND)
                dx = _like(vjp(g), x)
                grads[x.id] = grads[x.id] + dx if x.id in grads else dx
        found = {id: g for id, g in grads.items() if id in self.attached}
        if not self.opaque.isdisjoint(grads):
            raise RuntimeError(_SECOND)
        return _own(found)


_SECOND = (
    "backward came upon a gradient that another GradManager found while this one recorded: second "
    "derivatives are left out here. Use grad.detach() where the gradient is meant as a constant"
)


def _like(g: Array, x: Variable) -> Array:
    """Undo broadcasting: sum g over the axes along which x was repeated; and x's dtype."""
    if g.shape != x.shape:
        if g.ndim > len(x.shape):
            g = g.sum(axis=tuple(range(g.ndim - len(x.shape))))
        stretched = tuple(i for i, n in enumerate(x.shape) if n == 1 and g.shape[i] != 1)
        if stretched:
            g = g.sum(axis=stretched, keepdims=True)
    return np.asarray(g, x.dtype)  # also of a NumPy scalar, which 0-d arithmetic gives


def _own(grads: dict[int, Array]) -> dict[int, Array]:
    """Copy what is a view or shared, so that each gradient can be scaled in place on its own."""
    seen: set[int] = set()
    for key, g in grads.items():
        if g.base is not None or not g.flags.writeable or id(g) in seen:
            grads[key] = g = g.copy()
        seen.add(id(g))
    return grads
