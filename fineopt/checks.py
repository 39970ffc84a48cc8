"""Checks of settings: hyperparameters, epochs, sizes.

A check raises a TypeError or ValueError whose message completes a sentence, "must be ...".
:func:`validate` puts the subject in front: "param group 1: lr must be at least 0, not -0.1".
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .errors import BadKeyError, suggestion

__all__ = [
    "Check",
    "boolean",
    "check_values",
    "finite_number",
    "fraction",
    "nondecreasing_integers",
    "nonempty_string",
    "nonnegative",
    "nonnegative_integer",
    "pair_of_fractions",
    "plain",
    "positive",
    "positive_integer",
    "proportion",
    "settings_in",
    "validate",
]

Check = Callable[[Any], None]


# ---- numbers ----


def finite_number(value: Any) -> None:
    """Check for a finite real number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"must be a number, not {value!r} (a {type(value).__name__})")
    try:
        finite = math.isfinite(value)
    except OverflowError:
        raise ValueError("must fit into a float: it is too large") from None
    if not finite:
        raise ValueError(f"must be finite, not {value!r}")


def nonnegative(value: Any) -> None:
    """Check for a finite number of at least 0."""
    if type(value) is float and 0.0 <= value < math.inf:
        return  # the common case, checked many times a step
    finite_number(value)
    if value < 0:
        raise ValueError(f"must be at least 0, not {value!r}")


def positive(value: Any) -> None:
    """Check for a finite number greater than 0."""
    finite_number(value)
    if value <= 0:
        raise ValueError(f"must be positive, not {value!r}")


def fraction(value: Any) -> None:
    """Check for a number in [0, 1)."""
    nonnegative(value)
    if value >= 1:
        raise ValueError(f"must be at least 0 and below 1, not {value!r}")


def proportion(value: Any) -> None:
    """Check for a number in [0, 1]."""
    nonnegative(value)
    if value > 1:
        raise ValueError(f"must be between 0 and 1, not {value!r}")


def pair_of_fractions(value: Any) -> None:
    """Check for a pair of numbers in [0, 1)."""
    if not isinstance(value, tuple | list):
        raise TypeError(f"must be a pair of numbers, not {value!r} (a {type(value).__name__})")
    if len(value) != 2:
        raise ValueError(f"must be a pair of numbers, not {value!r}")
    for item in value:
        fraction(item)


# ---- integers ----


def nonnegative_integer(value: Any) -> None:
    """Check for an integer of at least 0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"must be an integer, not {value!r} (a {type(value).__name__})")
    if value < 0:
        raise ValueError(f"must be at least 0, not {value!r}")


def positive_integer(value: Any) -> None:
    """Check for an integer of at least 1."""
    nonnegative_integer(value)
    if value < 1:
        raise ValueError(f"must be at least 1, not {value!r}")


def nondecreasing_integers(value: Any) -> None:
    """Check for a list of nonnegative integers in nondecreasing order."""
    if not isinstance(value, tuple | list):
        raise TypeError(f"must be a list of integers, not {value!r}")
    for item in value:
        nonnegative_integer(item)
    if list(value) != sorted(value):
        raise ValueError(f"must be in increasing order, not {list(value)}")


# ---- others ----


def boolean(value: Any) -> None:
    """Check for True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"must be True or False, not {value!r}")


def nonempty_string(value: Any) -> None:
    """Check for a string that is not empty."""
    if not isinstance(value, str):
        raise TypeError(f"must be a string, not {value!r}")
    if not value:
        raise ValueError("must not be empty")


# ---- applying them ----


def validate(value: Any, check: Check, what: str | Callable[[], str]) -> None:
    """Apply a check, and name the value in its error message.

    Args:
        value: the value.
        check: the check to apply.
        what: the subject of the message, or a function that returns it, called only on an error.

    Raises:
        KeyError, TypeError, ValueError: as the check raises it.

    >>> validate(0, positive_integer, "epochs")
    Traceback (most recent call last):
        ...
    ValueError: epochs must be at least 1, not 0
    """
    try:
        check(value)
    except (KeyError, TypeError, ValueError) as error:
        subject = what if isinstance(what, str) else what()
        raise type(error)(f"{subject} {error}") from None


def check_values(
    values: Mapping[str, Any],
    checks: Mapping[str, Check],
    optional: Mapping[str, Check],
    where: Callable[[], str],
    owner: str,
) -> None:
    """Check settings by name: none missing, none unknown, each value valid.

    Args:
        values: the settings.
        checks: the checks of the required ones.
        optional: the checks of the optional ones.
        where: returns the prefix of an error message; called only on an error.
        owner: the class that the settings belong to.

    Raises:
        KeyError: for a missing or unknown key, with the closest known one.
        TypeError, ValueError: for an invalid value.
    """
    for key, value in values.items():
        check = checks.get(key) or optional.get(key)
        if check is None:
            hint = suggestion(key, [*checks, *optional])
            raise BadKeyError(f"{where()}: {owner} has no setting {key!r}; {hint}")
        try:
            check(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{where()}: {key} {error}") from None
    for key in checks:
        if key not in values:
            raise BadKeyError(f"{where()}: {key!r} is missing")


def settings_in(scope: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """Return the settings among a constructor's arguments.

    A class declares its settings once, with their checks; its constructor passes them on with
    ``super().__init__(..., **settings_in(locals(), self.checks))``.

    >>> settings_in({"self": None, "lr": 0.1, "momentum": 0.9}, {"lr": nonnegative})
    {'lr': 0.1}
    """
    return {key: scope[key] for key in checks if key in scope}


def plain(value: Any) -> Any:
    """Convert a setting to Python's own types.

    A 64-bit NumPy scalar would promote float32 arithmetic to float64, and need pickle in a file.

    >>> plain(np.float64(0.5)), plain([np.float32(0.5), 0]), plain(True)
    (0.5, (0.5, 0), True)
    """
    if type(value) in (float, int, bool, str):
        return value
    if isinstance(value, np.ndarray):  # a file may have turned a number or a pair into an array
        return plain(value.tolist())
    if isinstance(value, tuple | list):
        return tuple(plain(item) for item in value)
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value
