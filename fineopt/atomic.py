"""Atomic changes: an interrupt (Ctrl-C) takes effect before all of them or after all.

CPython runs signal handlers and trace functions between Python instructions, never within a call
into C. So new values are prepared first, where nothing else sees them, and then applied by calls
of C functions from C.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import methodcaller
from typing import Any, TypeAlias

__all__ = ["Change", "commit", "uninterrupted"]

Change: TypeAlias = Callable[[], object]

_call = methodcaller("__call__")


def commit(changes: Iterable[Change]) -> None:
    """Apply changes in order, with no Python instruction in between.

    Args:
        changes: a list (not a generator, which runs Python code) of partials of C functions, such
            as ``setattr`` on an object without ``__setattr__``, and methods of lists, dicts and
            ndarrays. None of them may fail.

    >>> from functools import partial
    >>> x, numbers = {}, [1]
    >>> commit([partial(x.update, a=2), partial(numbers.append, 2)])
    >>> x, numbers
    ({'a': 2}, [1, 2])
    """
    deque(map(_call, changes), maxlen=0)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let an interrupt (Ctrl-C) take effect after the block, for changes that need Python code.

    In other threads than the main one, which gets no interrupts, it does nothing.
    """
    former = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or former is None:
        yield
        return
    came: list[int] = []

    def note(number: int, frame: Any) -> None:
        came.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
        if came and callable(former):
            former(came[0], None)
