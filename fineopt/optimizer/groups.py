"""Param groups: what is accepted, and what is said of what is not."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import BadKeyError, nearest
from ..tensor import Parameter, Tensor, describe

__all__ = ["Check", "as_groups", "as_parameters", "check_values", "group_title"]

Check = Callable[[Any], str | None]  # says what is wrong with a hyperparameter's value, or None


def nonnegative(value: Any) -> str | None:
    """A finite number, at least 0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return f"must be a number, not {value!r} (a {type(value).__name__})"
    if not math.isfinite(value) or value < 0:
        return f"must be finite and at least 0, not {value!r}"
    return None


def fraction(value: Any) -> str | None:
    """A number from 0 to below 1."""
    wrong = nonnegative(value)
    if wrong is None and value >= 1:
        return f"must be at least 0 and below 1, not {value!r}"
    return wrong


def fractions(value: Any) -> str | None:
    """A pair of numbers from 0 to below 1."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        return f"must be a pair of numbers, not {value!r}"
    return next((f"{wrong} in {value!r}" for wrong in map(fraction, value) if wrong), None)


def boolean(value: Any) -> str | None:
    """True or False."""
    return None if isinstance(value, bool) else f"must be True or False, not {value!r}"


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value else f"must be a text, not {value!r}"


# Keys that every group may have, whatever its optimizer.
COMMON: dict[str, Check] = {"name": _text, "initial_lr": nonnegative}


def group_title(index: int, group: Mapping[str, Any]) -> str:
    """Name a group for an error message.

    >>> group_title(1, {"name": "fc"})
    "param group 1 ('fc')"
    """
    name = group.get("name")
    return f"param group {index} ({name!r})" if name else f"param group {index}"


def as_groups(params: Any) -> list[Any]:
    """Turn an optimizer's first argument into a list of dicts.

    Raises:
        TypeError: for a set, a mix of dicts and parameters, or what is no parameter.
        ValueError: for nothing at all, also an exhausted generator.
    """
    if isinstance(params, Tensor | Mapping):
        params = [params]
    items = _ordered(params, "the optimizer's params")
    if not items:
        raise ValueError(f"the optimizer's params {_why_empty(params)}")
    dicts = [isinstance(item, Mapping) for item in items]
    if all(dicts):
        return items
    if any(dicts):
        raise TypeError(
            "the optimizer's params mix dicts and parameters: item "
            f"{dicts.index(True)} is a dict, item {dicts.index(False)} is a "
            f"{type(items[dicts.index(False)]).__name__}. Put the parameters into a dict too: "
            "{'params': [...]}"
        )
    return [{"params": items}]


def as_parameters(group: Mapping[str, Any], title: str) -> list[Parameter]:
    """Return a group's parameters as a new list.

    Raises:
        KeyError: if there is no ``params``.
        TypeError: for a set, or what is no Parameter.
        ValueError: for none at all, also an exhausted generator, or one that comes twice.
    """
    if "params" not in group:
        raise BadKeyError(
            f"{title} has no 'params', only {sorted(map(str, group))}: give it the list of its "
            "parameters, {'params': [...]}"
        )
    params = group["params"]
    items: list[Any] = (
        [params] if isinstance(params, Tensor) else _ordered(params, f"{title}: its params")
    )
    if not items:
        raise ValueError(f"{title}: its params {_why_empty(params)}")
    seen: set[int] = set()
    for i, p in enumerate(items):
        if not isinstance(p, Parameter):
            raise TypeError(f"{title}, item {i} of its params {_no_parameter(p)}")
        if id(p) in seen:
            raise ValueError(f"{title} holds {describe(p)} twice")
        seen.add(id(p))
    return items


def _ordered(params: Any, what: str) -> list[Any]:
    if isinstance(params, set | frozenset):
        raise TypeError(
            f"{what} are a set, whose order changes from run to run: give a list, such as "
            "list(net.parameters())"
        )
    if isinstance(params, str | bytes | Mapping) or not isinstance(params, Iterable):
        raise TypeError(f"{what} must be a list of parameters, not a {type(params).__name__}")
    return list(params)


def _why_empty(params: Any) -> str:
    if isinstance(params, Iterator):
        return (
            "are empty: this generator is exhausted, since one can be gone through only once. "
            "Give a list, such as list(net.parameters())"
        )
    return "are empty: give at least one parameter"


def _no_parameter(p: Any) -> str:
    if isinstance(p, tuple):
        return "is a pair: named_parameters() gives pairs, parameters() what is wanted here"
    if isinstance(p, Tensor):
        return (
            f"is {describe(p)}, and only a Parameter can be optimised: make it one, "
            "Parameter(tensor)"
        )
    return f"is a {type(p).__name__}, not a Parameter"


def check_values(
    group: Mapping[str, Any], checks: Mapping[str, Check], title: str, optimizer: str
) -> None:
    """Refuse unknown keys and bad values of a group's hyperparameters.

    Raises:
        KeyError: for a key that the optimizer does not know, with the nearest that it does.
        TypeError: for a value that is no number.
        ValueError: for a number out of range.
    """
    for key, value in group.items():
        if key == "params":
            continue
        check = checks.get(key) or COMMON.get(key)
        if check is None:
            known = ["params", "name", *checks]
            raise BadKeyError(f"{title}: {optimizer} knows no {key!r}, {nearest(key, known)}")
        wrong = check(value)
        if wrong:
            names = [p.name or f"one of shape {p.shape}" for p in group.get("params", [])]
            of = f" (of {_some(names)})" if names else ""
            kind = TypeError if "must be a number" in wrong else ValueError
            raise kind(f"{title}{of}: {key} {wrong}")


def _some(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
