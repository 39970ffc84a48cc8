"""What a hyperparameter may be.

Each check raises a TypeError or ValueError whose message is the end of a sentence, "must be ...".
Whoever calls it begins the sentence: "param group 1: lr".
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .errors import BadKeyError, suggestion

__all__ = ["Check", "boolean", "check_values", "fraction", "fractions", "nonnegative", "plain"]

Check = Callable[[Any], None]


def number(value: Any) -> None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"must be a number, not {value!r} (a {type(value).__name__})")
    try:
        finite = math.isfinite(value)
    except OverflowError:
        raise ValueError("must be a number that a float can hold: it is too large") from None
    if not finite:
        raise ValueError(f"must be finite, not {value!r}")


def nonnegative(value: Any) -> None:
    """A finite number, at least 0."""
    if type(value) is float and 0.0 <= value < math.inf:
        return  # the usual case, seen many times a step: all others are told apart below
    number(value)
    if value < 0:
        raise ValueError(f"must be at least 0, not {value!r}")


def positive(value: Any) -> None:
    """A finite number above 0."""
    number(value)
    if value <= 0:
        raise ValueError(f"must be above 0, not {value!r}")


def fraction(value: Any) -> None:
    """A number from 0 to below 1."""
    nonnegative(value)
    if value >= 1:
        raise ValueError(f"must be at least 0 and below 1, not {value!r}")


def proportion(value: Any) -> None:
    """A number from 0 to 1."""
    nonnegative(value)
    if value > 1:
        raise ValueError(f"must be from 0 to 1, not {value!r}")


def fractions(value: Any) -> None:
    """A pair of numbers from 0 to below 1."""
    if not isinstance(value, tuple | list):
        raise TypeError(f"must be a pair of numbers, not {value!r} (a {type(value).__name__})")
    if len(value) != 2:
        raise ValueError(f"must be a pair of numbers, not {value!r}")
    for part in value:
        fraction(part)


def boolean(value: Any) -> None:
    """True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"must be True or False, not {value!r}")


def text(value: Any) -> None:
    """A text that is not empty."""
    if not isinstance(value, str):
        raise TypeError(f"must be a text, not {value!r}")
    if not value:
        raise ValueError("must not be empty")


def count(value: Any) -> None:
    """A whole number, at least 1."""
    whole(value)
    if value < 1:
        raise ValueError(f"must be at least 1, not {value!r}")


def whole(value: Any) -> None:
    """A whole number, at least 0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"must be a whole number, not {value!r} (a {type(value).__name__})")
    if value < 0:
        raise ValueError(f"must be at least 0, not {value!r}")


def milestones(value: Any) -> None:
    """Whole numbers, none smaller than the one before."""
    if not isinstance(value, tuple | list):
        raise TypeError(f"must be a list of whole numbers, not {value!r}")
    for part in value:
        whole(part)
    if list(value) != sorted(value):
        raise ValueError(f"must increase, which {list(value)} does not")


def check_values(
    values: Mapping[str, Any],
    checks: Mapping[str, Check],
    optional: Mapping[str, Check],
    who: Callable[[], str],
    owner: str,
) -> None:
    """Refuse a missing or unknown key, or a bad value.

    Args:
        values: hyperparameters by name.
        checks: those that there must be.
        optional: those that there may be.
        who: says whose values these are; called only if something is wrong with them.
        owner: the class that knows these keys.

    Raises:
        KeyError: for a key that the owner does not know, with the suggestion that it does.
        TypeError, ValueError: for a bad value.
    """
    for key, value in values.items():
        check = checks.get(key) or optional.get(key)
        if check is None:
            hint = suggestion(key, [*checks, *optional])
            raise BadKeyError(f"{who()}: {owner} knows no {key!r}, {hint}")
        try:
            check(value)
        except (TypeError, ValueError) as wrong:
            raise type(wrong)(f"{who()}: {key} {wrong}") from None
    for key in checks:
        if key not in values:
            raise BadKeyError(f"{who()}: {key!r} is missing")


def plain(value: Any) -> Any:
    """Return a hyperparameter in Python's own numbers.

    A NumPy scalar of 64 bits would turn float32 arithmetic into float64, and a file into pickle.

    >>> plain(np.float64(0.5)), plain([np.float32(0.5), 0]), plain(True)
    (0.5, (0.5, 0), True)
    """
    if type(value) in (float, int, bool, str):
        return value
    if isinstance(value, np.ndarray):  # a file may have made one of a number or a pair
        return plain(value.tolist())
    if isinstance(value, tuple | list):
        return tuple(plain(part) for part in value)
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value
