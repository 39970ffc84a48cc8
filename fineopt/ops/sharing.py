"""Large arrays in shares: one a thread, as many as NumPy's BLAS may use, and small ones within.

NumPy lets go of the interpreter while it computes, so two threads compute at once. BLAS alone
would leave the second core idle: LeNet's matrices are too small for it (at batch 64 its threads
make a step slower). Who limits BLAS, as `threadpoolctl.threadpool_limits` does, limits this too.
What is computed does not depend on the number of threads, to the last bit.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import numpy as np

from .types import Array

__all__ = ["in_blocks", "share"]

Work = Callable[[slice], object]

_GRAIN = 1 << 18
_SPEED = 12
_PRODUCTS = 1 << 18  # numbers to touch, below which another thread costs more (15 us) than it saves
_BLOCK = 1 << 19  # numbers of one array at a time, so that a few arrays stay in a core's cache

_busy = threading.Lock()  # one shared work at a time; who finds it taken works alone
_workers: list[SimpleQueue[Callable[[], None]]] = []
_blas: list[Any] = []  # of NumPy's BLAS, found at the first shared work: its controller


def share(work: Work, size: int, numbers: int) -> None:
    """Call work with slices that cover range(size), all at once, each in a thread of its own.

    numbers is about how many are touched in all: with few, or one thread, it is called once.
    """
    if numbers < 2 * _GRAIN:
        work(slice(0, size))
    else:
        _share(work, size, numbers)


def multiply(work: Work, size: int, products: int) -> None:
    """As share, for work on matrices with that many products. BLAS itself uses one thread then:
    others would be awake for another 27 ms beside ours."""
    if products < _PRODUCTS:  # where OpenBLAS uses one thread anyway
        work(slice(0, size))
    else:
        _share(work, size, products // _SPEED)


def _share(work: Work, size: int, numbers: int) -> None:
    blas = _find_blas()
    threads = blas.get_num_threads() if blas else 1
    if threads < 2 or not _busy.acquire(blocking=False):
        work(slice(0, size))
        return
    blas.set_num_threads(1)  # within a share: the threads are taken
    try:
        parts = min(size, numbers // _GRAIN, threads)
        if parts < 2:
            work(slice(0, size))
        else:
            _at_once(work, [slice(size * i // parts, size * (i + 1) // parts) for i in range(parts)])
    finally:
        blas.set_num_threads(threads)
        _busy.release()


def each(function: Callable[..., Array], *arrays: Array) -> Array:
    """Return function(*arrays), of arrays of one shape, computed in shares into its last argument,
    out, which is None if it is computed at once."""
    first = arrays[0]
    if first.size < 2 * _GRAIN:
        return function(*arrays, None)
    y = np.empty_like(first)
    axis = int(np.argmax(y.strides))  # the outermost in memory
    before = (slice(None),) * axis
    all = (*arrays, y)
    share(lambda part: function(*(a[(*before, part)] for a in all)), y.shape[axis], y.size)
    return y


def as_laid_out(x: Array, other: Array) -> Array:
    """x with its numbers in the order in memory of another array; copied if it is not so."""
    if x.strides == other.strides:
        return x
    y = np.empty_like(other, x.dtype)
    y[...] = x
    return y


def blocks(part: slice, row: int, least: int = 1) -> Iterator[slice]:
    """Yield slices that cover part, so that each holds few rows of that many numbers."""
    length = max(least, _BLOCK // row)
    for start in range(part.start, part.stop, length):
        yield slice(start, min(start + length, part.stop))


def _at_once(work: Work, parts: list[slice]) -> None:
    """Hand out all parts but the first, do that, and wait for the others."""
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    errors = np.geterr()  # a thread has its own; what the caller wants raised is raised there too

    def task(part: slice) -> Callable[[], None]:
        def run() -> None:
            try:
                with np.errstate(**errors):
                    work(part)
            except BaseException as error:
                done.put(error)
            else:
                done.put(None)

        return run

    while len(_workers) < len(parts) - 1:
        _workers.append(_start_worker())
    for queue, part in zip(_workers, parts[1:], strict=False):
        queue.put(task(part))
    failed: BaseException | None = None
    try:
        work(parts[0])
    finally:
        for _ in parts[1:]:
            failed = done.get() or failed
    if failed is not None:
        raise failed


def _start_worker() -> SimpleQueue[Callable[[], None]]:
    tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def run() -> None:
        while True:
            tasks.get()()

    threading.Thread(target=run, name="fineopt", daemon=True).start()
    return tasks


def _find_blas() -> Any:
    if not _blas:
        from threadpoolctl import ThreadpoolController  # late: a tenth of `import fineopt`

        found = ThreadpoolController().select(user_api="blas").lib_controllers
        ours = [lib for lib in found if "numpy" in lib.filepath]  # others may be loaded beside it
        _blas.append((ours or found or [None])[0])
    return _blas[0]


def _forget() -> None:
    """A forked process has no threads but the one that forked."""
    global _busy
    _busy = threading.Lock()
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
