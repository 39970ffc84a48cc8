"""The random number stream of initialisers, dropout, and samplers without a seed.

It is NumPy's ``RandomState`` (Mersenne Twister), whose output for a given seed is frozen: a lesson
seeded today prints the same numbers on every machine and with every later NumPy version.
``numpy.random.default_rng`` makes no such guarantee.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import stream
from .errors import BadKeyError, BadTypeError
from .stream import WORDS

__all__ = ["generator", "get_state", "seed", "set_state"]


def seed(seed: int | None) -> None:
    """Seed the global stream, from fresh entropy if ``seed`` is None.

    Raises:
        TypeError: if the seed is not an integer (bools and floats are not accepted).
        ValueError: if the seed is not within 0 .. 2**32 - 1.

    Example:
        >>> import fineopt.random
        >>> fineopt.random.seed(0)
        >>> fineopt.random.generator().permutation(5).tolist()
        [2, 0, 1, 3, 4]

    Source: MegEngine, ``megengine.random.seed``.
    """
    generator().seed(check_seed(seed))


def generator() -> np.random.RandomState:
    """Return the global stream, always the same object; :func:`seed` reseeds it in place."""
    return stream.generator()


def get_state() -> dict[str, Any]:
    """Return a copy of the state of the global stream: a uint32 array of 624 words and 3 numbers.

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
    """Restore a state of the global stream returned by :func:`get_state`, also from JSON lists.

    Raises:
        ValueError: if an entry is invalid (a KeyError too if one is missing, a TypeError too if
            the state is not a dict). The stream is then unchanged.
    """
    restore(generator(), state)


def check_seed(seed: int | None) -> int | None:
    """Return ``seed`` as an int or None; raise the errors of :func:`seed` if it is invalid."""
    if seed is None:
        return None
    if isinstance(seed, (bool, np.bool_)):
        raise TypeError(f"a seed must be an integer or None, got the bool {seed}")
    try:
        number = operator.index(seed)
    except TypeError:
        raise TypeError(
            f"a seed must be an integer or None, got {seed!r} of type {type(seed).__name__}"
        ) from None
    if not 0 <= number < 2**32:
        raise ValueError(f"a seed must be within 0 .. 2**32 - 1, got {number}")
    return number


def state_of(any_stream: np.random.RandomState) -> dict[str, Any]:
    """Return the state of any stream, in the form of :func:`get_state`."""
    _, keys, position, has_gauss, cached = any_stream.get_state(legacy=True)
    return {
        "keys": np.array(keys, dtype=np.uint32),
        "position": int(position),
        "has_gauss": int(has_gauss),
        "cached_gaussian": float(cached),
    }


def restore(any_stream: np.random.RandomState, state: Mapping[str, Any]) -> None:
    """Restore a state of any stream; raise the errors of :func:`set_state` if it is invalid."""
    any_stream.set_state(check_state(state))


def check_state(state: Mapping[str, Any]) -> tuple[str, np.ndarray[Any, Any], int, int, float]:
    """Return ``state`` in the form of ``RandomState.set_state``; see :func:`set_state`."""
    if not isinstance(state, Mapping):
        raise BadTypeError(f"the state of a random stream must be a dict, not {state!r}")
    required = ("keys", "position", "has_gauss", "cached_gaussian")
    missing = [name for name in required if name not in state]
    if missing:
        raise BadKeyError(f"the state of a random stream lacks {', '.join(missing)}")
    try:
        keys = np.asarray(state["keys"])
    except ValueError as error:
        raise ValueError(f"'keys' of a random stream's state must be an array: {error}") from None
    if keys.shape != (WORDS,) or keys.dtype.kind not in "iu":
        raise ValueError(
            f"'keys' of a random stream's state must be {WORDS} integers, "
            f"got shape {keys.shape} of {keys.dtype}"
        )
    if keys.min() < 0 or keys.max() >= 2**32:
        raise ValueError("'keys' of a random stream's state must be unsigned 32-bit integers")
    position, has_gauss = (_integer(state, name) for name in ("position", "has_gauss"))
    if not 0 <= position <= WORDS or has_gauss not in (0, 1):
        raise ValueError(
            f"a random stream's state must have 'position' in 0 .. {WORDS} and 'has_gauss' 0 or "
            f"1, got {position} and {has_gauss}"
        )
    return "MT19937", keys.astype(np.uint32), position, has_gauss, _finite(state["cached_gaussian"])


def _integer(state: Mapping[str, Any], name: str) -> int:
    try:
        return operator.index(state[name])
    except TypeError:
        raise ValueError(
            f"{name!r} of a random stream's state must be an integer, got {state[name]!r}"
        ) from None


def _finite(value: Any) -> float:
    try:
        # float() of an array with axes is an error only since NumPy 2.4, a warning before
        number = math.nan if np.ndim(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(
            f"'cached_gaussian' of a random stream's state must be a finite number, got {value!r}"
        )
    return number
