"""Work on large arrays in shares, one a thread: as many threads as NumPy's BLAS may use.

NumPy lets go of the interpreter while it computes, so two threads do compute at once. BLAS alone
leaves the second core idle, for LeNet's matrices are too small to be split: at batch 512 a step in
two shares takes 0.7 of the time. Handing over costs some 60 us, so small work is done at once.
Whoever limits BLAS, as threadpoolctl's ``threadpool_limits(1)`` does, limits the shares too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np

from .types import Array

__all__ = ["each", "multiply", "share"]

Work = Callable[[slice], object]

_LEAST = 1 << 18  # numbers in a share, about 150 us of work
_SPEED = 12  # products of a matrix in the time that other operations take for one number
_SPLIT = 1 << 18  # products from which OpenBLAS splits a matrix itself

_busy = threading.Lock()  # whoever finds another's work being shared works alone
_workers: list[SimpleQueue[Callable[[], None]]] = []
_blas: list[Any] = []  # the controller of NumPy's BLAS, once it has been looked for


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
    blas = _find_blas()
    threads = blas.get_num_threads() if blas else 1
    if threads < 2 or not _busy.acquire(blocking=False):
        work(slice(0, size))
        return
    try:
        blas.set_num_threads(1)
        n = min(size, numbers // _LEAST, threads)
        if n < 2:
            work(slice(0, size))
        else:
            _at_once(work, [slice(size * i // n, size * (i + 1) // n) for i in range(n)])
    finally:
        blas.set_num_threads(threads)
        _busy.release()


def _at_once(work: Work, parts: list[slice]) -> None:
    """Hand out all parts but the first, do that one, and wait for the others."""
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    errors = np.geterr()  # a thread has its own: what the caller wants raised is raised there too

    def task(part: slice) -> Callable[[], None]:
        def run() -> None:
            failed: BaseException | None = None
            try:
                with np.errstate(**errors):
                    work(part)
            except BaseException as error:
                failed = error
            done.put(failed)

        return run

    while len(_workers) < len(parts) - 1:
        _workers.append(_start_worker())
    for tasks, part in zip(_workers, parts[1:], strict=False):
        tasks.put(task(part))
    try:
        work(parts[0])
    finally:
        failures = [failed for failed in (done.get() for _ in parts[1:]) if failed]
    if failures:
        raise failures[0]


def _start_worker() -> SimpleQueue[Callable[[], None]]:
    tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def work() -> None:
        while True:
            tasks.get()()

    threading.Thread(target=work, name="fineopt", daemon=True).start()
    return tasks


def _find_blas() -> Any:
    if not _blas:
        from threadpoolctl import ThreadpoolController  # late: not for `import fineopt`

        found = ThreadpoolController().select(user_api="blas").lib_controllers
        # another package may have brought a BLAS of its own
        numpys = [blas for blas in found if "numpy" in blas.filepath] or found
        _blas.append(numpys[0] if numpys else None)
    return _blas[0]


def _forget_workers() -> None:
    """In a forked process only the thread that forked lives on."""
    global _busy
    _busy = threading.Lock()
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)
