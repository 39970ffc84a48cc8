"""One BLAS thread while panels train: next to a browser, more threads slow down small steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import ref

from .blas import all_blas

__all__ = ["one_blas_thread"]


class _Block(partial[None]):
    """A ``with`` statement in progress; only the statement itself holds a reference to it."""


class _Exit:
    """The exit method of a block: always released, even if an interrupt skips the call."""

    def __get__(self, threads: _OneBlasThread, _: type[_OneBlasThread]) -> Callable[..., None]:
        block = _Block(_left)
        threads._entering = ref(block)
        return block


def _left(*_: object) -> None:
    """Do nothing: the release of the block restores the threads."""


class _OneBlasThread:
    """A context that may be entered more than once; the last exit restores the threads."""

    __exit__ = _Exit()

    def __init__(self) -> None:
        self._entering: Callable[[], _Block | None] = lambda: None
        self._blocks: list[tuple[ref[_Block], ref[_Block]]] = []
        self._restore: list[Callable[[], object]] = []

    @property
    def limited(self) -> bool:
        """Whether the threads are limited now."""
        return bool(self._blocks)

    def __enter__(self) -> None:
        block = self._entering()
        assert block is not None
        # two callbacks: if an interrupt stops the first, the second still runs
        self._blocks.append((ref(block, self._settle), ref(block, lambda _: self._settle())))
        self._settle()

    def _settle(self, _: object = None) -> None:
        """Limit the threads while any block is in progress, otherwise restore them."""
        self._blocks[:] = [known for known in self._blocks if known[0]() is not None]
        if self._blocks:
            found = all_blas()
            self._restore[:] = self._restore or [partial(write, read()) for read, write in found]
            for _, write in found:
                write(1)
        else:
            for restore in self._restore:
                restore()
            self._restore.clear()


one_blas_thread = _OneBlasThread()
