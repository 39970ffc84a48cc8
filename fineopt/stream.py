"""The global stream of random numbers, and its state before a step; see :mod:`fineopt.random`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from .atomic import Change

__all__ = ["WORDS", "captured", "generator", "restoring"]

WORDS = 624  # 32-bit words in the state of a Mersenne Twister
_SIZE = 4 * (WORDS + 1)  # bytes of the words, and of the position in them
_kept: dict[str, Any] = {}  # the words of the stream when it was last captured, and its state


@cache  # created on first use: importing numpy.random takes a tenth of the time of `import numpy`
def generator() -> np.random.RandomState:
    """Return the global stream, always the same object."""

    class Stream(np.random.RandomState):
        """Forgets the kept state where the stream jumps: it may come to the same words again."""

        def seed(self, seed: Any = None) -> None:
            _kept.clear()
            super().seed(seed)

        def set_state(self, state: Any) -> None:
            _kept.clear()
            super().set_state(state)

    return Stream()


def captured() -> Any:
    """Return the state of the global stream, for :func:`restoring`.

    NumPy takes as long to copy a state as a small layer takes. So the last copy is returned again
    while the words in memory are as they were. Only a Gaussian number that the stream keeps from
    the draw before changes without them: a state with one is copied each time.

    >>> generator().seed(0)
    >>> before = captured()
    >>> before is captured(), generator().uniform() > 0, before is captured()
    (True, True, False)
    """
    words = _words()
    if words is not None and words == _kept.get("words"):
        return _kept["state"]
    _kept.clear()
    state: Any = generator().get_state()
    if words is not None and not state[3]:
        _kept.update(words=words, state=state)
    return state


def restoring(state: Any) -> list[Change]:
    """Return the changes that restore what :func:`captured` returned, for ``commit``."""
    return [_kept.clear, partial(np.random.RandomState.set_state, generator(), state)]


def _words() -> bytes | None:
    """Return the words of the stream and its position, as they are in memory; None if unknown."""
    read = _reader()
    return None if read is None else read()


@cache
def _reader() -> Callable[[], bytes] | None:
    """Return what reads the words in memory; None unless NumPy keeps them there as expected."""
    stream = generator()
    try:
        from ctypes import string_at  # not on every platform

        address = int(stream._bit_generator.ctypes.state_address)  # type: ignore[attr-defined]
    except (AttributeError, ImportError, TypeError):
        return None
    _, keys, position, *_ = stream.get_state()
    expected = np.append(keys, position).astype(np.uint32).tobytes()
    read = partial(string_at, address, _SIZE)
    return read if read() == expected else None
