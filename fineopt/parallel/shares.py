"""Split work on large arrays into shares, one per thread, with the number of threads of BLAS.

NumPy releases the GIL while it computes, so threads run in parallel. BLAS alone leaves the second
core idle, because LeNet's matrices are too small to split: at batch 512 a step in two shares takes
0.7 of the time. Dispatch costs about 60 us, so small work is not split. Limiting BLAS, for example
with threadpoolctl's ``threadpool_limits(1)``, limits the shares too.
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

# Minimum work per share: LeNet steps are split from batch 128. With smaller shares (2^18), steps at
# batch 32, 64 and 96 took 1.11, 1.11 and 1.07 of the time on a machine busy with other work
# (medians of 120 paired steps), because a waking thread waits for a core. At batch 128 and 256
# shares took 0.9 and 0.3 to 0.7 of the time there.
_LEAST = 1 << 19  # elements
_LEAST_PRODUCTS = 12 << 20  # multiplications of a matrix product
_SPLIT = 1 << 18  # multiplications from which OpenBLAS splits a product itself

# Entered while work is shared: a second caller then works alone. A context is always exited with
# the call that runs in it, so no interrupt can leave it locked.
_sharing = Context()
_tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
_workers: list[threading.Thread] = []


def share(work: Work, size: int, numbers: int) -> None:
    """Call work with slices that cover range(size), each in its own thread, in parallel.

    ``numbers`` is the approximate number of elements processed. If it is small, or there is one
    thread, work is called once.
    """
    if numbers < 2 * _LEAST:
        work(slice(0, size))
    else:
        _share(work, size, numbers // _LEAST)


def multiply(work: Work, size: int, products: int) -> None:
    """Like :func:`share`, for matrix products of that many multiplications.

    BLAS is limited to one thread meanwhile, even if the work is not split: its own threads slow
    down a LeNet step up to batch 128, and spinning while they wait they compete with the shares.
    """
    if products < _SPLIT:
        work(slice(0, size))
    else:
        _share(work, size, products // _LEAST_PRODUCTS)


def each(function: Callable[..., Array], *arrays: Array) -> Array:
    """Return function(*arrays, out), elementwise on arrays of one shape, in shares."""
    first = arrays[0]
    if first.size < 2 * _LEAST:
        return function(*arrays, None)
    out = np.empty_like(first)
    outermost = (slice(None),) * int(np.argmax(out.strides))  # keeps shares apart in memory
    every = (*arrays, out)

    def work(part: slice) -> None:
        function(*(array[(*outermost, part)] for array in every))

    _share(work, out.shape[len(outermost)], out.size // _LEAST)
    return out


def _share(work: Work, size: int, most: int) -> None:
    blas = numpys_blas()
    if blas is None or blas.get() < 2 or sys.is_finalizing():  # workers stop at finalization
        work(slice(0, size))
        return
    begun: list[bool] = []
    within = partial(copy_context().run, _limited, begun, blas, work, size, most)
    try:
        _sharing.run(within)
    except RuntimeError:
        if begun:
            raise
    if not begun:  # other work is being shared
        work(slice(0, size))


def _limited(begun: list[bool], blas: Blas, work: Work, size: int, most: int) -> None:
    """Run work in up to ``most`` shares, with BLAS at one thread."""
    begun.append(True)
    inside.set(True)
    try:
        try:
            n = min(size, most, blas.begin())
            n = n if n < 2 else min(n, 1 + _start_workers(n - 1))
            if n < 2:
                work(slice(0, size))
            else:
                _at_once(work, _parts(size, n))
        finally:
            blas.end()
    finally:
        blas.end()  # a no-op unless an interrupt arrived before the first call


def _parts(size: int, n: int) -> list[slice]:
    # a separate function: on CPython 3.12 and 3.13 an interrupt in a comprehension skips `finally`
    return [slice(size * i // n, size * (i + 1) // n) for i in range(n)]


def _at_once(work: Work, parts: list[slice]) -> None:
    """Dispatch all parts but the first, run that one here, and wait for the others."""
    done: SimpleQueue[BaseException | None] = SimpleQueue()

    def task(part: slice, context: Context) -> Callable[[], None]:
        def run() -> None:
            failed: BaseException | None = None
            try:
                # in the context of the caller, with np.errstate for example
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


def _start_workers(most: int) -> int:
    """Start workers up to a number, and return how many there are."""
    _workers[:] = [worker for worker in _workers if worker.is_alive()]
    while len(_workers) < most:
        worker = threading.Thread(target=_work, args=(_tasks,), name="fineopt", daemon=True)
        try:
            worker.start()
        except (RuntimeError, AttributeError):  # no (more) threads, or the interpreter is exiting
            break
        _workers.append(worker)
    return len(_workers)


def _work(tasks: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        tasks.get()()


def _forget_workers() -> None:
    """Reset in a forked process, where only the forking thread survives."""
    global _sharing, _tasks
    _sharing, _tasks = Context(), SimpleQueue()
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)
