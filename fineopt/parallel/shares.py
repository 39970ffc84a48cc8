"""Work on large arrays in shares, one a thread: as many threads as NumPy's BLAS may use.

NumPy lets go of the interpreter while it computes, so two threads do compute at once. BLAS alone
leaves the second core idle, for LeNet's matrices are too small to be split: at batch 512 a step in
two shares takes 0.7 of the time. Handing over costs some 60 us, so small work is done at once.
Whoever limits BLAS, as threadpoolctl's ``threadpool_limits(1)`` does, limits the shares too.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue

import numpy as np

from ..atomic import commit
from ..types import Array
from .blas import Blas, inside, numpys_blas

__all__ = ["each", "multiply", "share"]

Work = Callable[[slice], object]

_LEAST = 1 << 18  # numbers in a share, about 150 us of work
_SPEED = 12  # products of a matrix in the time that other operations take for one number
_SPLIT = 1 << 18  # products from which OpenBLAS splits a matrix itself

# entered while work is shared: whoever finds it so works alone. A context is left with the call
# that runs in it, however that ends, so no interrupt can lock it for good
_sharing = Context()
_tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
_workers: list[threading.Thread] = []


def share(work: Work, size: int, numbers: int) -> None:
    """Call work with slices that cover range(size), each in a thread of its own, all at once.

    numbers is how many are touched, about; with few, or one thread, work is called once.
    """
    if numbers < 2 * _LEAST:
        work(slice(0, size))
    else:
        _share(work, size, numbers)


def multiply(work: Work, size: int, products: int) -> None:
    """As share, for matrix products of that many numbers.

    BLAS uses no threads of its own then, even where there is nothing to share: LeNet's step takes
    longer with them, up to batch 128, and awake, waiting for more, they are in a share's way.
    """
    if products < _SPLIT:
        work(slice(0, size))
    else:
        _share(work, size, products // _SPEED)


def each(function: Callable[..., Array], *arrays: Array) -> Array:
    """Return function(*arrays, out), of arrays of one shape, element by element, in shares."""
    first = arrays[0]
    if first.size < 2 * _LEAST:
        return function(*arrays, None)
    out = np.empty_like(first)
    outermost = (slice(None),) * int(np.argmax(out.strides))  # in memory: shares lie apart
    every = (*arrays, out)

    def work(part: slice) -> None:
        function(*(array[(*outermost, part)] for array in every))

    _share(work, out.shape[len(outermost)], out.size)
    return out


def _share(work: Work, size: int, numbers: int) -> None:
    blas = numpys_blas()
    if blas is None or blas.get() < 2 or sys.is_finalizing():  # workers stand still at the very end
        work(slice(0, size))
        return
    begun: list[bool] = []
    within = partial(copy_context().run, _limited, begun, blas, work, size, numbers)
    try:
        _sharing.run(within)
    except RuntimeError:
        if begun:
            raise
    if not begun:  # another's work is being shared
        work(slice(0, size))


def _limited(begun: list[bool], blas: Blas, work: Work, size: int, numbers: int) -> None:
    """Work in shares, with BLAS at one thread."""
    begun.append(True)
    inside.set(True)
    try:
        try:
            n = min(size, numbers // _LEAST, blas.begin())
            n = n if n < 2 else min(n, 1 + _hire(n - 1))
            if n < 2:
                work(slice(0, size))
            else:
                _at_once(work, _parts(size, n))
        finally:
            blas.end()
    finally:
        blas.end()  # an interrupt may have come before the first; if not, this does nothing


def _parts(size: int, n: int) -> list[slice]:
    # in a try of CPython 3.12 and 3.13 an interrupt at a comprehension would pass by finally
    return [slice(size * i // n, size * (i + 1) // n) for i in range(n)]


def _at_once(work: Work, parts: list[slice]) -> None:
    """Hand out all parts but the first, do that one, and wait for the others."""
    done: SimpleQueue[BaseException | None] = SimpleQueue()

    def task(part: slice, context: Context) -> Callable[[], None]:
        def run() -> None:
            failed: BaseException | None = None
            try:
                # with all that the caller has set for itself, such as np.errstate
                context.run(work, part)
            except BaseException as error:
                failed = error
            done.put(failed)

        return run

    put = [partial(_tasks.put, task(part, copy_context())) for part in parts[1:]]
    handed: list[int] = []
    failures: list[BaseException] = []
    try:
        commit([*put, partial(handed.append, len(put))])
        work(parts[0])
    finally:
        for _ in range(sum(handed)):
            if failed := done.get():
                failures.append(failed)
    if failures:
        raise failures[0]


def _hire(most: int) -> int:
    """Return how many workers there are, after hiring as many as are wanted and can be had."""
    _workers[:] = [worker for worker in _workers if worker.is_alive()]
    while len(_workers) < most:
        worker = threading.Thread(target=_work, args=(_tasks,), name="fineopt", daemon=True)
        try:
            worker.start()
        except RuntimeError:  # the interpreter is about to end, or the system has no more threads
            break
        _workers.append(worker)
    return len(_workers)


def _work(tasks: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        tasks.get()()


def _forget_workers() -> None:
    """In a forked process only the thread that forked lives on."""
    global _sharing, _tasks
    _sharing, _tasks = Context(), SimpleQueue()
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)
