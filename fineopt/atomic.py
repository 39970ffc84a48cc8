"""Changes that belong together, made in one go: Ctrl-C comes before all of them or after all.

CPython calls signal handlers, and whatever traces a program, between two instructions of Python.
A single call into C has none: so what is worked out beforehand, where nobody sees it, can be put
into place by calls that are all C, made from C.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from operator import methodcaller
from typing import TypeAlias

__all__ = ["Change", "commit"]

Change: TypeAlias = Callable[[], object]

_call = methodcaller("__call__")


def commit(changes: Iterable[Change]) -> None:
    """Make changes, in order, without an instruction of Python in between.

    Args:
        changes: partials of functions that are written in C, such as ``setattr`` on an object
            without ``__setattr__`` and methods of lists, dicts and ndarrays; a list of them, not a
            generator, which is Python. None of them may fail.

    >>> from functools import partial
    >>> x, numbers = {}, [1]
    >>> commit([partial(x.update, a=2), partial(numbers.append, 2)])
    >>> x, numbers
    ({'a': 2}, [1, 2])
    """
    deque(map(_call, changes), maxlen=0)
