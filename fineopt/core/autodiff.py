"""GradManager: which tensors get gradients, and when computations are recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from weakref import ref

import numpy as np

from ..atomic import Change, commit
from ..errors import ShapeError
from ..ops import Array
from .tape import Recording, Tape, recording
from .tensor import Tensor, TensorLike, describe

__all__ = ["GradManager"]

Callback = Callable[[Tensor, Tensor], Tensor]


def _none() -> None:
    return None


class _Exit:
    """What ends a ``with gm:``, however it is left.

    Python does not call ``__exit__`` where an interrupt comes first. But the statement lets go of
    what it would have called, always: so that is what the recording hangs on.
    """

    def __get__(self, manager: GradManager | None, _: type[GradManager]) -> Callable[..., None]:
        if manager is None:
            return _left  # asked of the class, by ExitStack for one
        block = Recording(_left, manager)
        manager._entering = ref(block)
        return block


def _left(manager: GradManager, *_: object) -> None:
    manager._release(
        "the recording ended with its `with gm:` block: call backward inside of the block"
    )


class GradManager:
    """Finds gradients of attached tensors with respect to what is computed while it records.

    Only what leads to an attached tensor is recorded and differentiated: a tensor that is not
    attached costs nothing, and its ``grad`` stays None. Gradients add up in ``grad`` over several
    backwards until ``optimizer.clear_grad()`` sets it to None.

    In a deep copy, together with a network or a trainer, the copies of its tensors are attached.
    Copied alone it has none: tensors are held weakly, and nobody else holds those copies.

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
        # by Python's id(), which is the tensor's own as long as it lives; gone when it dies
        self._attached: dict[int, tuple[ref[Tensor], list[Callback]]] = {}
        self._own: Recording | None = None  # begun by record(); a `with` statement holds its own
        self._open: Callable[[], Recording | None] = _none
        self._entering: Callable[[], Recording | None] = _none  # a `with` statement about to begin
        self._was_released = "nothing has been recorded: compute it inside `with gm:`"

    def __getstate__(self) -> dict[str, Any]:
        if self._tape is not None:
            raise RuntimeError(
                "this GradManager records: copy it after backward() or release(), for what it has "
                "recorded belongs to the tensors themselves"
            )
        attached = [(x, self.callbacks(x)) for x in self.attached_tensors()]
        return {"attached": attached}

    def __setstate__(self, state: dict[str, Any]) -> None:
        GradManager.__init__(self)
        for x, callbacks in state["attached"]:
            self.attach(x, callbacks)

    def attach(
        self,
        tensors: Tensor | Iterable[Tensor],
        callbacks: Callback | Iterable[Callback] | None = None,
    ) -> GradManager:
        """Want gradients of tensors, from now on, also in a recording that is under way.

        Args:
            tensors: one Tensor or several, such as ``net.parameters()``. They are held weakly.
            callbacks: called as ``callback(tensor, grad)`` for each new gradient, before it is
                added to ``grad``, and returns the gradient to use instead. Attaching a tensor
                again adds callbacks to those it has.

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
            if id(x) not in self._attached:  # pop(id, ref): in C, and with a default
                self._attached[id(x)] = ref(x, partial(self._attached.pop, id(x))), []
            self._attached[id(x)][1].extend(new)
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
            if not isinstance(x, Tensor):
                raise TypeError(f"detach takes Tensors, not a {type(x).__name__}")
            if id(x) not in self._attached:
                raise ValueError(f"{describe(x)} is not attached to this GradManager")
        for x in several:
            self._attached.pop(id(x), None)
        return self

    def attached_tensors(self) -> list[Tensor]:
        """Return the tensors that are attached now, in the order of attaching."""
        return [x for known, _ in list(self._attached.values()) if (x := known()) is not None]

    def callbacks(self, tensor: Tensor) -> list[Callback]:
        """Return the callbacks of an attached tensor, in the order in which they are called.

        Raises:
            ValueError: for a tensor that is not attached.
        """
        if id(tensor) not in self._attached:
            raise ValueError(f"{describe(tensor)} is not attached to this GradManager")
        return list(self._attached[id(tensor)][1])

    def attaching(self, tensors: Iterable[tuple[Tensor, Iterable[Callback]]]) -> list[Change]:
        """Return the changes that attach exactly these tensors, each with its callbacks."""
        other = GradManager()
        for x, callbacks in tensors:
            other.attach(x, callbacks)
        return [partial(vars(self).update, _attached=other._attached)]

    # ---- recording ----

    def record(self) -> None:
        """Start to record computations; ``with gm:`` does it too.

        Raises:
            RuntimeError: if it records already.
        """
        self._check_idle()
        own = Recording(_none)
        commit([partial(setattr, self, "_own", own), *self._beginning(own)])

    def _check_idle(self) -> None:
        if self._tape is not None:
            raise RuntimeError(
                "this GradManager records already: end that recording with backward() or "
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

    @property
    def _tape(self) -> Tape | None:
        block = self._open()
        return None if block is None else block.tape

    def release(self) -> None:
        """Stop recording and forget what was recorded, without gradients."""
        self._release("its recording has been released")

    def _release(self, why: str) -> None:
        if (block := self._open()) is not None and block.tape is not None:
            new = {"_own": None, "_open": _none, "_was_released": why}
            commit([partial(setattr, block, "tape", None), partial(vars(self).update, new)])

    def __enter__(self) -> GradManager:
        self._check_idle()
        try:
            if self._entering() is None:  # nobody asked for __exit__ first, as a `with` does
                self.record()
            else:  # no name is given to it here: a traceback would keep that
                commit(self._beginning(self._entering()))
            return self
        except BaseException:
            self.release()
            raise

    __exit__ = _Exit()

    def backward(
        self, y: Tensor | Iterable[Tensor], dy: TensorLike | Iterable[Tensor] | None = None
    ) -> None:
        """Add to each attached tensor's ``grad`` the gradient of y; ends the recording.

        Args:
            y: one Tensor, or several, computed since :meth:`record`.
            dy: the gradient of each y, of its shape; ones if None.

        Raises:
            RuntimeError: if nothing is recorded, or y does not depend on any attached tensor, or
                only through a gradient, which would need second derivatives.
            ValueError: if dy does not fit y.
            TypeError: for a y that is no Tensor, or a callback that returns none.
        """
        if self._tape is None:
            raise RuntimeError(f"backward has nothing to differentiate: {self._was_released}")
        ys = _as_list(y)
        dys = _as_dys(dy, ys, single=isinstance(y, Tensor))
        seeds = _seeds(ys, dys)
        tape = self._tape
        if tape.attached and tape.tracked.isdisjoint(seeds):
            raise RuntimeError(
                "backward can't reach any attached tensor from here: was y computed inside this "
                "`with gm:`, and are this network's own parameters attached (gm.attach)?"
            )
        self._release("backward has been called already: each backward needs its own `with gm:`")
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
                    f"a callback returns the gradient to use, a Tensor, but that of {describe(x)} "
                    f"returned a {type(grad).__name__}"
                )
            if grad.shape != x.shape:
                raise ShapeError(
                    f"a callback returned a gradient of shape {grad.shape} for {describe(x)}"
                )
        return grad


def _sum(a: Tensor, b: Tensor) -> Tensor:
    return Tensor._wrap(np.asarray(a._data + b._data))


def _block(grads: list[Tensor], used: set[int]) -> None:
    """Tell the other tapes of gradients that depend on what they track: they can't see how."""
    for tape in recording.tapes:
        if not tape.tracked.isdisjoint(used):
            tape.block({grad._id for grad in grads})


def _as_list(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    if isinstance(tensors, Tensor):
        return [tensors]
    if not isinstance(tensors, Iterable):
        raise TypeError(f"a Tensor or several are wanted, not a {type(tensors).__name__}")
    several = list(tensors)
    if not several and isinstance(tensors, Iterator):
        raise ValueError("no tensor is left in this iterator: a generator can be used only once")
    return several


def _as_dys(dy: Any, ys: list[Tensor], single: bool) -> list[Any]:
    """Tell one gradient, which may be a list of numbers, from a list of gradients."""
    if dy is None:
        return [None] * len(ys)
    listed = isinstance(dy, list | tuple) and any(isinstance(d, Tensor) for d in dy)
    if isinstance(dy, Tensor) or (single and not listed):
        return [dy]
    return list(dy)


def _seeds(ys: list[Tensor], dys: list[Any]) -> dict[int, Array]:
    """Pair outputs with their gradients, by id."""
    if len(dys) != len(ys):
        raise ValueError(f"backward has {len(ys)} outputs y, but {len(dys)} gradients dy")
    seeds: dict[int, Array] = {}
    for i, (y, d) in enumerate(zip(ys, dys, strict=True)):
        if not isinstance(y, Tensor):
            raise TypeError(f"backward differentiates Tensors, y {i} is a {type(y).__name__}")
        g = np.ones(y.shape, y.dtype) if d is None else Tensor(d, y.dtype)._data
        if g.shape != y.shape:
            raise ShapeError(f"dy {i} has shape {g.shape}, but its y has shape {y.shape}")
        seeds[y._id] = np.asarray(seeds[y._id] + g) if y._id in seeds else g
    return seeds
