"""One BLAS thread while panels train: beside a browser, more of them make small steps slower."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import ref

from .blas import all_blas

__all__ = ["one_blas_thread"]


class _Block(partial[None]):
    """A ``with`` statement that is under way: nothing but that holds it, as what it calls last."""


class _Exit:
    """What ends a block, however it is left: Python always lets go of what it would have called."""

    def __get__(self, threads: _OneBlasThread, _: type[_OneBlasThread]) -> Callable[..., None]:
        block = _Block(_left)
        threads._entering = ref(block)
        return block


def _left(*_: object) -> None:
    """Do nothing: it is the block's end that counts."""


class _OneBlasThread:
    """A context that several may enter at once; the last to leave restores the threads."""

    __exit__ = _Exit()

    def __init__(self) -> None:
        self._entering: Callable[[], _Block | None] = lambda: None
        self._blocks: list[tuple[ref[_Block], ref[_Block]]] = []
        self._restore: list[Callable[[], object]] = []

    def __enter__(self) -> None:
        block = self._entering()
        assert block is not None
        # told twice of its end: an interrupt that comes the first time is followed by the second
        self._blocks.append((ref(block, self._settle), ref(block, lambda _: self._settle())))
        self._settle()

    def _settle(self, _: object = None) -> None:
        """Limit the threads if any block is under way, otherwise restore them."""
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
