"""GradManager: records computations and computes gradients of attached tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from weakref import ref

import numpy as np

from ..atomic import Change, commit
from ..errors import ShapeError
from ..ops import Array
from ..parallel import keep_freed_memory
from .attached import Attached, as_list
from .tape import Recording, Tape, recording
from .tensor import Tensor, TensorLike
from .values import describe

__all__ = ["GradManager"]


def _none() -> None:
    return None


class _Exit:
    """Ends the recording of a ``with gm:`` block, even if ``__exit__`` is never called.

    Python skips ``__exit__`` if an interrupt arrives just before it, but the statement always
    releases its reference to the exit method. So the recording lives as long as that reference.
    """

    def __get__(self, manager: GradManager | None, _: type[GradManager]) -> Callable[..., None]:
        if manager is None:
            return _left  # accessed on the class, as ExitStack does
        block = Recording(_left, manager)
        manager._entering = ref(block)
        return block


def _left(manager: GradManager, *_: object) -> None:
    manager._release(
        "the recording ended with its `with gm:` block: call backward inside the block"
    )


class GradManager(Attached):
    """Records computations and computes gradients with respect to attached tensors.

    Only computations that depend on an attached tensor are recorded and differentiated: a tensor
    that is not attached costs nothing, and its ``grad`` stays None. Gradients accumulate in
    ``grad`` until ``optimizer.clear_grad()`` resets it to None.

    A deep copy that includes the attached tensors, such as one of a trainer, attaches their
    copies. Copied alone, a GradManager has no attached tensors: they are held by weak references,
    and nothing else keeps the copies alive.

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
        super().__init__()
        self._own: Recording | None = None  # begun by record(); a `with` statement holds its own
        self._open: Callable[[], Recording | None] = _none
        self._entering: Callable[[], Recording | None] = _none  # a `with` statement about to begin
        self._was_released = "nothing has been recorded: compute it inside `with gm:`"

    def __getstate__(self) -> dict[str, Any]:
        if self._tape is not None:
            raise RuntimeError(
                "this GradManager is recording: copy it after backward() or release(), because "
                "the recording belongs to the original tensors"
            )
        return {"attached": [(x, self.callbacks(x)) for x in self.attached_tensors()]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        GradManager.__init__(self)
        for x, callbacks in state["attached"]:
            self.attach(x, callbacks)

    # ---- recording ----

    def record(self) -> None:
        """Start recording; ``with gm:`` does the same.

        Raises:
            RuntimeError: if the GradManager is already recording.
        """
        self._check_idle()
        own = Recording(_none)
        commit([partial(setattr, self, "_own", own), *self._beginning(own)])

    def release(self) -> None:
        """Stop recording and discard the tape without computing gradients."""
        self._release("its recording has been released")

    def __enter__(self) -> GradManager:
        self._check_idle()
        try:
            if self._entering() is None:  # called directly, not by a `with` statement
                self.record()
            else:  # without a local variable, which a traceback would keep alive
                commit(self._beginning(self._entering()))
            return self
        except BaseException:
            self.release()
            raise

    __exit__ = _Exit()

    @property
    def _tape(self) -> Tape | None:
        block = self._open()
        return None if block is None else block.tape

    def _check_idle(self) -> None:
        if self._tape is not None:
            raise RuntimeError(
                "this GradManager is already recording: end that recording with backward() or "
                "release(), or use a second GradManager"
            )

    def _beginning(self, block: Recording | None) -> list[Change]:
        assert block is not None
        known = recording.open
        return [
            partial(setattr, block, "tape", Tape(x._id for x in self.attached_tensors())),
            partial(setattr, self, "_open", ref(block)),
            partial(known.append, ref(block, known.remove)),
        ]

    def _release(self, why: str) -> None:
        if (block := self._open()) is not None and block.tape is not None:
            new = {"_own": None, "_open": _none, "_was_released": why}
            commit([partial(setattr, block, "tape", None), partial(vars(self).update, new)])

    # ---- gradients ----

    def backward(
        self, y: Tensor | Iterable[Tensor], dy: TensorLike | Iterable[Tensor] | None = None
    ) -> None:
        """Add the gradient of y to ``grad`` of each attached tensor, and end the recording.

        Args:
            y: one or more Tensors computed during the recording.
            dy: the gradient of each y, of the same shape; ones if None.

        Raises:
            RuntimeError: if nothing is recorded, or y does not depend on an attached tensor, or
                only through a gradient, which would require second derivatives.
            ValueError: if dy does not match y.
            TypeError: if y is not a Tensor, or a callback does not return one.
        """
        keep_freed_memory()
        if self._tape is None:
            raise RuntimeError(f"backward has nothing to differentiate: {self._was_released}")
        ys = as_list(y)
        dys = _as_dys(dy, ys, single=isinstance(y, Tensor))
        seeds = _seeds(ys, dys)
        tape = self._tape
        if tape.attached and tape.tracked.isdisjoint(seeds):
            raise RuntimeError(
                "y does not depend on any attached tensor: compute it inside this `with gm:` "
                "block, and attach the parameters of this network (gm.attach)"
            )
        self._release("backward has already been called: each backward needs its own `with gm:`")
        found = tape.backward(seeds)
        grads = [(x, Tensor._wrap(found[x._id])) for x in self.attached_tensors() if x._id in found]
        used = tape.held | {x._id for x in (*ys, *dys) if isinstance(x, Tensor)}
        _block([grad for _, grad in grads], used)
        grads = [(x, self._called_back(x, grad)) for x, grad in grads]
        grads = [(x, grad if x.grad is None else _sum(x.grad, grad)) for x, grad in grads]
        _block([grad for _, grad in grads], used)
        commit([partial(setattr, x, "grad", grad) for x, grad in grads])  # all or none

    def _called_back(self, x: Tensor, grad: Tensor) -> Tensor:
        for callback in self.callbacks(x):
            grad = callback(x, grad)
            if not isinstance(grad, Tensor):
                raise TypeError(
                    f"a callback must return the gradient as a Tensor, but the callback of "
                    f"{describe(x)} returned a {type(grad).__name__}"
                )
            if grad.shape != x.shape:
                raise ShapeError(
                    f"a callback returned a gradient of shape {grad.shape} for {describe(x)}"
                )
        return grad


def _sum(a: Tensor, b: Tensor) -> Tensor:
    return Tensor._wrap(np.asarray(a._data + b._data))


def _block(grads: list[Tensor], used: set[int]) -> None:
    """Mark gradients on the other tapes if they depend on tensors that those tapes track."""
    for tape in recording.tapes:
        if not tape.tracked.isdisjoint(used):
            tape.block({grad._id for grad in grads})


def _as_dys(dy: Any, ys: list[Tensor], single: bool) -> list[Any]:
    """Return a list of gradients; a list of numbers is a single gradient."""
    if dy is None:
        return [None] * len(ys)
    listed = isinstance(dy, list | tuple) and any(isinstance(d, Tensor) for d in dy)
    if isinstance(dy, Tensor) or (single and not listed):
        return [dy]
    return list(dy)


def _seeds(ys: list[Tensor], dys: list[Any]) -> dict[int, Array]:
    """Return the gradient of each output by tensor id."""
    if len(dys) != len(ys):
        raise ValueError(f"backward got {len(ys)} outputs y, but {len(dys)} gradients dy")
    seeds: dict[int, Array] = {}
    for i, (y, d) in enumerate(zip(ys, dys, strict=True)):
        if not isinstance(y, Tensor):
            raise TypeError(f"backward expects Tensors, y[{i}] is a {type(y).__name__}")
        g = np.ones(y.shape, y.dtype) if d is None else Tensor(d, y.dtype)._data
        if g.shape != y.shape:
            raise ShapeError(f"dy[{i}] has shape {g.shape}, but its y has shape {y.shape}")
        seeds[y._id] = np.asarray(seeds[y._id] + g) if y._id in seeds else g
    return seeds
