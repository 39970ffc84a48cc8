"""GradManager: which tensors get gradients, and when computations are recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from .ops import Array
from .tape import Tape, recording
from .tensor import Tensor, TensorLike, describe

__all__ = ["GradManager"]

Callback = Callable[[Tensor, Tensor], Tensor]


class GradManager:
    """Finds gradients of attached tensors with respect to what is computed while it records.

    Only what leads to an attached tensor is recorded and differentiated: a tensor that is not
    attached costs nothing, and its ``grad`` stays None. Gradients add up in ``grad`` over several
    backwards until ``optimizer.clear_grad()`` sets it to None.

    >>> x = Tensor([1.0, 2.0])
    >>> gm = GradManager().attach(x)
    >>> with gm:
    ...     y = (x * x).sum()
    ...     gm.backward(y)
    >>> x.grad
    Tensor([2. 4.], device=cpu:0)

    Source: MegEngine's GradManager; the document's section on freezing (固定部分参数不优化).
    """

    def __init__(self) -> None:
        self._attached: WeakValueDictionary[int, Tensor] = WeakValueDictionary()
        self._callbacks: dict[int, list[Callback]] = {}
        self._tape: Tape | None = None
        self._was_released = "nothing has been recorded: compute it inside `with gm:`"

    def attach(
        self,
        tensors: Tensor | Iterable[Tensor],
        callbacks: Callback | Iterable[Callback] | None = None,
    ) -> GradManager:
        """Want gradients of tensors, from now on, also in a recording that is under way.

        Args:
            tensors: one Tensor or several, such as ``net.parameters()``. They are held weakly.
            callbacks: called as ``callback(tensor, grad)`` for each new gradient, and returns
                the gradient to use instead.

        Raises:
            TypeError: for what is no Tensor or holds no floating numbers.
            ValueError: for an iterator that has nothing left.
        """
        several = _as_list(tensors)
        new = [callbacks] if callable(callbacks) else list(callbacks or ())
        for i, x in enumerate(several):
            if not isinstance(x, Tensor):
                hint = "; named_parameters() gives pairs, parameters() what is wanted here"
                raise TypeError(
                    f"attach takes Tensors, item {i} is a {type(x).__name__}"
                    f"{hint if isinstance(x, tuple) else ''}"
                )
            if x.dtype.kind != "f":
                raise TypeError(f"{describe(x)} holds {x.dtype}: only floats have a gradient")
        for callback in new:
            if not callable(callback):
                raise TypeError(f"a callback is called with (tensor, grad), not {callback!r}")
        for x in several:
            self._attached[x._id] = x
            if new:
                self._callbacks.setdefault(x._id, []).extend(new)
            if self._tape is not None:
                self._tape.attach(x._id)
        return self

    def detach(self, tensors: Tensor | Iterable[Tensor]) -> GradManager:
        """Want no gradients of tensors any more, from the next recording on.

        A gradient that is there already stays: ``clear_grad()`` of their optimizer removes it.

        Raises:
            ValueError: for a tensor that is not attached.
        """
        several = _as_list(tensors)
        for x in several:
            if x._id not in self._attached:
                raise ValueError(f"{describe(x)} is not attached to this GradManager")
        for x in several:
            del self._attached[x._id]
            self._callbacks.pop(x._id, None)
        return self

    def attached_tensors(self) -> list[Tensor]:
        """Return the tensors that are attached now, in the order of attaching."""
        return list(self._attached.values())

    # ---- recording ----

    def record(self) -> None:
        """Start to record computations; ``with gm:`` does it too.

        Raises:
            RuntimeError: if it records already.
        """
        if self._tape is not None:
            raise RuntimeError(
                "this GradManager records already: end that recording with backward() or "
                "release(), or use a second GradManager"
            )
        self._tape = Tape(self._attached.keys())
        recording.tapes.append(self._tape)

    def release(self) -> None:
        """Stop recording and forget what was recorded, without gradients."""
        self._release("its recording has been released")

    def _release(self, why: str) -> None:
        if self._tape is not None:
            recording.tapes.remove(self._tape)
            self._tape = None
            self._was_released = why

    def __enter__(self) -> GradManager:
        self.record()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._release(
            "the recording ended with its `with gm:` block: call backward inside of the block"
        )

    def backward(
        self, y: Tensor | Iterable[Tensor], dy: TensorLike | Iterable[Tensor] | None = None
    ) -> None:
        """Add to each attached tensor's ``grad`` the gradient of y; ends the recording.

        Args:
            y: one Tensor, or several, computed since :meth:`record`.
            dy: the gradient of each y, of its shape; ones if None.

        Raises:
            RuntimeError: if nothing is recorded, or y does not depend on any attached tensor.
            ValueError: if dy does not fit y.
        """
        if self._tape is None:
            raise RuntimeError(f"backward has nothing to differentiate: {self._was_released}")
        ys = _as_list(y)
        seeds = _seeds(ys, dy, single=isinstance(y, Tensor))
        if self._tape.attached and not any(id in self._tape.tracked for id in seeds):
            raise RuntimeError(
                "backward can't reach any attached tensor from here: was y computed inside this "
                "`with gm:`, and are this network's own parameters attached (gm.attach)?"
            )
        tape = self._tape
        self._release("backward has been called already: each backward needs its own `with gm:`")
        for id, g in tape.backward(seeds).items():
            x = self._attached.get(id)
            if x is not None:
                grad = Tensor._wrap(g)
                for callback in self._callbacks.get(id, ()):
                    grad = callback(x, grad)
                x.grad = grad if x.grad is None else Tensor._wrap(x.grad._data + grad._data)


def _as_list(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    if isinstance(tensors, Tensor):
        return [tensors]
    if not isinstance(tensors, Iterable):
        raise TypeError(f"a Tensor or several are wanted, not a {type(tensors).__name__}")
    several = list(tensors)
    if not several and isinstance(tensors, Iterator):
        raise ValueError("no tensor is left in this iterator: a generator can be used only once")
    return several


def _as_dys(dy: Any, single: bool) -> list[TensorLike]:
    """Tell one gradient, which may be a list of numbers, from a list of gradients."""
    if single and not (isinstance(dy, list | tuple) and [type(d) for d in dy] == [Tensor]):
        return [dy]
    return list(dy)


def _seeds(ys: list[Tensor], dy: Any, single: bool) -> dict[int, Array]:
    """Pair outputs with their gradients, by id."""
    dys = [None] * len(ys) if dy is None else _as_dys(dy, single)
    if len(dys) != len(ys):
        raise ValueError(f"backward has {len(ys)} outputs y, but {len(dys)} gradients dy")
    seeds: dict[int, Array] = {}
    for i, (y, d) in enumerate(zip(ys, dys, strict=True)):
        if not isinstance(y, Tensor):
            raise TypeError(f"backward differentiates Tensors, y {i} is a {type(y).__name__}")
        g = np.ones(y.shape, y.dtype) if d is None else np.asarray(Tensor(d, y.dtype)._data)
        if g.shape != y.shape:
            raise ValueError(f"dy {i} has shape {g.shape}, but its y has shape {y.shape}")
        seeds[y._id] = seeds[y._id] + g if y._id in seeds else g
    return seeds
