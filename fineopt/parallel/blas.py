"""How many threads NumPy's BLAS may use: the user's number, and one while fineopt computes.

OpenBLAS has a single number for the whole process. While it is at one for our sake, threadpoolctl
reads and sets the user's number instead: what enters ``threadpool_limits`` in another thread then
limits BLAS until it leaves, and restores what was there before.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import Context, ContextVar
from functools import partial
from time import sleep
from typing import Any, TypeVar

from ..atomic import commit

__all__ = ["Blas", "all_blas", "inside", "numpys_blas"]

T = TypeVar("T")

inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether this is part of the work that BLAS is at one thread for: the number is 1 there."""


class Blas:
    """NumPy's BLAS.

    Args:
        controller: threadpoolctl's, of that library.
    """

    def __init__(self, controller: Any) -> None:
        kind = type(controller)
        self._path: str = controller.filepath
        self._read: Callable[[], int] = partial(kind.get_num_threads, controller)
        self._write: Callable[[int], object] = partial(getattr(kind, _setter(kind)), controller)
        self._users: list[int] = []  # the user's number, while BLAS is at one thread
        self._alone = Context()

    def get(self) -> int:
        """Return the user's number of threads."""
        return self._exclusively(lambda: self._users[0] if self._users else self._read())

    def set(self, threads: int) -> None:
        """Set the user's number of threads."""

        def put() -> None:
            self._users[:] = [threads] * len(self._users)
            self._write(threads)  # also while work is shared, which then takes longer, at worst

        self._exclusively(put)

    def begin(self) -> int:
        """Let BLAS use one thread, and return the user's number."""

        def one() -> int:
            # left over from a share that was interrupted in its end, it is still the user's number
            self._users[:] = self._users or [self._read()]
            self._write(1)
            return self._users[0]

        return self._exclusively(one)

    def end(self) -> None:
        """Give BLAS the user's number of threads, unless it has it already."""

        def restore() -> None:
            for threads in self._users:
                self._write(threads)
            self._users.clear()

        if self._users:
            self._exclusively(restore)

    def forked(self) -> None:
        """In a forked process, whose number was at one belongs to a thread that is not there."""
        self._alone = Context()
        self.end()

    def watch(self, kind: Any) -> list[partial[None]]:
        """Return the changes by which threadpoolctl's class gets and sets the user's number."""
        read, setter = kind.get_num_threads, _setter(kind)
        write = getattr(kind, setter)

        def get_num_threads(controller: Any) -> Any:
            other = controller.filepath != self._path or inside.get()
            return read(controller) if other else self.get()

        def set_num_threads(controller: Any, num_threads: int) -> Any:
            other = controller.filepath != self._path or inside.get()
            return write(controller, num_threads) if other else self.set(num_threads)

        return [
            partial(setattr, kind, "get_num_threads", get_num_threads),
            partial(setattr, kind, setter, set_num_threads),
        ]

    def _exclusively(self, function: Callable[[], T]) -> T:
        """Call function while no other thread is in here.

        A context can be entered once at a time, and is left with the call, however that ends: so
        this lock can't stay locked. It is held for some microseconds; whoever waits for long does
        so for itself, in a handler of a signal, and goes ahead.
        """
        for _ in range(1000):
            entered: list[bool] = []
            try:
                return self._alone.run(_noting, entered, function)
            except RuntimeError:
                if entered:
                    raise
                sleep(0)
        return function()


def _noting(entered: list[bool], function: Callable[[], T]) -> T:
    entered.append(True)
    return function()


def _setter(kind: Any) -> str:
    """Return the name of the method that sets the number in whichever thread it is called.

    From threadpoolctl 3.8 on, set_num_threads lets only one thread do so, the first that tries.
    """
    inner = "_real_set_num_threads"
    return inner if hasattr(kind, inner) else "set_num_threads"


_numpys: list[Blas | None] = []  # once it has been looked for


def numpys_blas() -> Blas | None:
    """Return NumPy's BLAS, or None if threadpoolctl knows none here."""
    if not _numpys:
        found = _controllers()
        # another package may have brought a BLAS of its own
        numpys = [blas for blas in found if "numpy" in blas.filepath] or found
        blas = Blas(numpys[0]) if numpys else None
        changes = blas.watch(type(numpys[0])) if blas else []
        commit([partial(_numpys.append, blas), *changes])
    return _numpys[0]


def all_blas() -> list[tuple[Callable[[], int], Callable[[int], object]]]:
    """Return what reads and what sets the number of threads of each BLAS that is loaded now."""
    numpys_blas()
    return [(blas.get_num_threads, getattr(blas, _setter(type(blas)))) for blas in _controllers()]


def _controllers() -> list[Any]:
    from threadpoolctl import ThreadpoolController  # late: not for `import fineopt`

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def _forked() -> None:
    for blas in _numpys:
        if blas is not None:
            blas.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
