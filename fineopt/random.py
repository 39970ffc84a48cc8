"""The one stream of random numbers behind initialisers, dropout and samplers without a seed.

It is NumPy's ``RandomState`` (Mersenne Twister), whose output for a given seed is frozen for good:
a lesson seeded today prints the same numbers on every machine and with every later NumPy.
``numpy.random.default_rng`` makes no such promise.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from .errors import BadKeyError, BadTypeError

__all__ = ["generator", "get_state", "seed", "set_state"]

_KEYS = 624  # words in the state of a Mersenne Twister


def seed(seed: int | None) -> None:
    """Start the process's stream again from ``seed``, or from fresh entropy for None.

    Raises:
        TypeError: the seed is not an integer (bools and floats are refused).
        ValueError: the seed is not within 0 .. 2**32 - 1.

    Example:
        >>> import fineopt.random
        >>> fineopt.random.seed(0)
        >>> fineopt.random.generator().permutation(5).tolist()
        [2, 0, 1, 3, 4]

    Source: MegEngine, ``megengine.random.seed``.
    """
    generator().seed(check_seed(seed))


@cache  # made when first asked for: numpy.random takes a tenth of the time to import NumPy
def generator() -> np.random.RandomState:
    """The process's stream; it stays this one object, which :func:`seed` starts anew in place."""
    return np.random.RandomState()


def get_state() -> dict[str, Any]:
    """A copy of where the process's stream stands: one uint32 array of 624 words and three numbers.

    Example:
        >>> import fineopt.random
        >>> state = fineopt.random.get_state()
        >>> first = fineopt.random.generator().uniform()
        >>> fineopt.random.set_state(state)
        >>> fineopt.random.generator().uniform() == first
        True
    """
    return state_of(generator())


def set_state(state: Mapping[str, Any]) -> None:
    """Put the process's stream where :func:`get_state` found it (lists will do for the array).

    Raises:
        ValueError: an entry is no part of such a state (a KeyError too where one is missing, a
            TypeError where it is no dict). The stream then stays where it was.
    """
    restore(generator(), state)


def check_seed(seed: int | None) -> int | None:
    """``seed`` as a plain int (or None); TypeError or ValueError when it can be no seed."""
    if seed is None:
        return None
    if isinstance(seed, (bool, np.bool_)):
        raise TypeError(f"a seed is an integer or None, got the bool {seed}")
    try:
        number = operator.index(seed)
    except TypeError:
        raise TypeError(
            f"a seed is an integer or None, got {seed!r} of type {type(seed).__name__}"
        ) from None
    if not 0 <= number < 2**32:
        raise ValueError(f"a seed lies within 0 .. 2**32 - 1, got {number}")
    return number


def state_of(stream: np.random.RandomState) -> dict[str, Any]:
    """Where any stream stands, in the form of :func:`get_state`."""
    _, keys, position, has_gauss, cached = stream.get_state(legacy=True)
    return {
        "keys": np.array(keys, dtype=np.uint32),
        "position": int(position),
        "has_gauss": int(has_gauss),
        "cached_gaussian": float(cached),
    }


def restore(stream: np.random.RandomState, state: Mapping[str, Any]) -> None:
    """Put any stream where :func:`state_of` found it; the errors are those of :func:`set_state`."""
    stream.set_state(check_state(state))


def check_state(state: Mapping[str, Any]) -> tuple[str, np.ndarray[Any, Any], int, int, float]:
    """``state`` as ``RandomState.set_state`` takes it, or the errors of :func:`set_state`."""
    if not isinstance(state, Mapping):
        raise BadTypeError(f"the state of a random stream is a dict, not {state!r}")
    wanted = ("keys", "position", "has_gauss", "cached_gaussian")
    missing = [name for name in wanted if name not in state]
    if missing:
        raise BadKeyError(f"the state of a random stream lacks {', '.join(missing)}")
    try:
        keys = np.asarray(state["keys"])
    except ValueError as error:
        raise ValueError(f"'keys' of a random stream's state is no array: {error}") from None
    if keys.shape != (_KEYS,) or keys.dtype.kind not in "iu":
        raise ValueError(
            f"'keys' of a random stream's state is {_KEYS} integers, "
            f"got shape {keys.shape} of {keys.dtype}"
        )
    if keys.min() < 0 or keys.max() >= 2**32:
        raise ValueError("'keys' of a random stream's state must fit in 32 bits without a sign")
    position, has_gauss = (_whole(state, name) for name in ("position", "has_gauss"))
    if not 0 <= position <= _KEYS or has_gauss not in (0, 1):
        raise ValueError(
            f"a random stream's state has 'position' in 0 .. {_KEYS} and 'has_gauss' 0 or 1, "
            f"got {position} and {has_gauss}"
        )
    try:
        cached = float(state["cached_gaussian"])
        if not math.isfinite(cached):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            "'cached_gaussian' of a random stream's state is a finite number, "
            f"got {state['cached_gaussian']!r}"
        ) from None
    return "MT19937", keys.astype(np.uint32), position, has_gauss, cached


def _whole(state: Mapping[str, Any], name: str) -> int:
    try:
        return operator.index(state[name])
    except TypeError:
        raise ValueError(
            f"{name!r} of a random stream's state is an integer, got {state[name]!r}"
        ) from None
