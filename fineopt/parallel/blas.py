"""The number of threads of NumPy's BLAS: the user's setting, and one while fineopt computes.

OpenBLAS has a single setting for the whole process. While fineopt has set it to one, threadpoolctl
reads and writes the user's setting instead: a ``threadpool_limits`` block in another thread limits
BLAS until it exits, and then restores the previous setting.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import Context, ContextVar
from functools import partial
from time import sleep
from typing import Any, TypeVar

from ..atomic import commit
from .browser import IN_BROWSER

__all__ = ["Blas", "all_blas", "inside", "numpys_blas", "thread_count"]

T = TypeVar("T")

inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether the current context runs work that needs BLAS at one thread: the setting is 1 there."""


class Blas:
    """NumPy's BLAS: ``get`` and ``set`` its user's setting, ``read`` and ``write`` the library's.

    Args:
        controller: the library controller of threadpoolctl.
    """

    def __init__(self, controller: Any) -> None:
        kind = type(controller)
        self._path: str = controller.filepath
        self.read: Callable[[], int] = partial(kind.get_num_threads, controller)
        self.write: Callable[[int], object] = partial(getattr(kind, _setter(kind)), controller)
        self._users: list[int] = []  # the user's setting, while BLAS is at one thread
        self._alone = Context()

    def get(self) -> int:
        """Return the user's number of threads."""
        return self._exclusively(lambda: self._users[0] if self._users else self.read())

    def set(self, threads: int) -> None:
        """Set the user's number of threads."""

        def put() -> None:
            self._users[:] = [threads] * len(self._users)
            self.write(threads)  # also during shared work, which at worst takes longer

        self._exclusively(put)

    def begin(self) -> int:
        """Limit BLAS to one thread, and return the user's number of threads."""

        def one() -> int:
            # kept if an interrupt stopped end(): it is still the user's setting
            self._users[:] = self._users or [self.read()]
            self.write(1)
            return self._users[0]

        return self._exclusively(one)

    def end(self) -> None:
        """Restore the user's number of threads, if it is not restored yet."""

        def restore() -> None:
            for threads in self._users:
                self.write(threads)
            self._users.clear()

        if self._users:
            self._exclusively(restore)

    def forked(self) -> None:
        """Restore the setting in a forked process, which lacks the thread that limited it."""
        self._alone = Context()
        self.end()

    def watch(self, kind: Any) -> list[partial[None]]:
        """Return the changes that make the class of threadpoolctl access the user's setting."""
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
        """Call function while no other thread does.

        A context cannot be entered twice at the same time, and is always exited with the call: so
        this lock never stays locked. It is held for microseconds; only a signal handler can wait
        longer, for the very thread that it interrupts, and then proceeds without the lock.
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
    """Return the name of the setter that works from any thread.

    Since threadpoolctl 3.8, set_num_threads only works from the first thread that calls it.
    """
    inner = "_real_set_num_threads"
    return inner if hasattr(kind, inner) else "set_num_threads"


_numpys: list[Blas | None] = []  # empty until the first search


def numpys_blas() -> Blas | None:
    """Return NumPy's BLAS, or None if threadpoolctl does not find one."""
    if not _numpys:
        found = _controllers()
        # another package may have loaded its own BLAS
        numpys = [blas for blas in found if "numpy" in blas.filepath] or found
        blas = Blas(numpys[0]) if numpys else None
        changes = blas.watch(type(numpys[0])) if blas else []
        commit([partial(_numpys.append, blas), *changes])
    return _numpys[0]


def thread_count() -> int | None:
    """Return the number of threads of NumPy's BLAS, or None if it is unknown."""
    blas = numpys_blas()
    return None if blas is None else blas.read()


def all_blas() -> list[tuple[Callable[[], int], Callable[[int], object]]]:
    """Return (get, set) for the number of threads of each loaded BLAS library."""
    numpys_blas()
    return [(blas.get_num_threads, getattr(blas, _setter(type(blas)))) for blas in _controllers()]


def _controllers() -> list[Any]:
    """Return the BLAS controllers of threadpoolctl; none where BLAS cannot have threads."""
    if IN_BROWSER:  # threadpoolctl warns there
        return []
    try:
        from threadpoolctl import ThreadpoolController  # late, to keep `import fineopt` fast
    except ImportError:
        return []
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def _forked() -> None:
    for blas in _numpys:
        if blas is not None:
            blas.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
