"""Param groups: what is accepted, and what is said of what is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..checks import Check, check_values, nonnegative, text
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..errors import BadKeyError
from ..types import Group
from .labels import called, find_group, group_label, group_labels, group_title

__all__ = [
    "as_group",
    "as_groups",
    "check_groups",
    "find_group",
    "group_label",
    "group_labels",
    "learning_rate",
    "learning_rates",
]

# Keys that a group may have, whatever its optimizer. The last two belong to schedules: the lr that
# they multiply, and the lr that they last wrote, by which one set by hand is recognised.
COMMON: dict[str, Check] = {
    "params": lambda params: None,  # looked at by check_groups
    "name": text,
    "initial_lr": nonnegative,
    "scheduled_lr": nonnegative,
}


def as_groups(params: Any) -> list[Any]:
    """Turn an optimizer's first argument into a list of dicts.

    Raises:
        TypeError: for a set, a mix of dicts and parameters, or what is no list at all.
        ValueError: for nothing at all, also an exhausted generator.
    """
    if isinstance(params, Tensor | Mapping):
        params = [params]
    items = _ordered(params, "the optimizer's params")
    dicts = [isinstance(item, Mapping) for item in items]
    if all(dicts):
        return items
    if any(dicts):
        i, j = dicts.index(True), dicts.index(False)
        other = items[j]
        what = called(j, other) if isinstance(other, Tensor) else f"a {type(other).__name__}"
        raise TypeError(
            f"the optimizer's params mix dicts and parameters: item {i} is "
            f"{group_title(i, items[i])}, item {j} is {what}. Put the parameters into a dict too: "
            "{'params': [...]}"
        )
    return [{"params": items}]


def as_group(group: Any, index: int, defaults: Mapping[str, Any]) -> Group:
    """Return a new dict for a group, with its parameters in a list and the defaults filled in.

    Raises:
        KeyError: if there is no ``params``.
        TypeError: for what is no dict, or params that are a set or no list at all.
        ValueError: for no parameters at all, also an exhausted generator.
    """
    title = group_title(index, group)
    if not isinstance(group, Mapping):
        raise TypeError(f"{title} must be a dict such as {{'params': [...]}}, not {group!r}")
    if "params" not in group:
        raise _no_params(index, group)
    params = group["params"]
    items = [params] if isinstance(params, Tensor) else _ordered(params, f"{title}: its params")
    return {**defaults, **group, "params": items}


def _ordered(params: Any, what: str) -> list[Any]:
    if isinstance(params, set | frozenset):
        raise TypeError(
            f"{what} are a set, whose order changes from run to run: give a list, such as "
            "list(net.parameters())"
        )
    if isinstance(params, str | bytes | Mapping) or not isinstance(params, Iterable):
        raise TypeError(f"{what} must be a list of parameters, not a {type(params).__name__}")
    items = list(params)
    if items:
        return items
    if isinstance(params, Iterator):
        raise ValueError(
            f"{what} are empty: this generator is exhausted, since one can be gone through only "
            "once. Give a list, such as list(net.parameters())"
        )
    raise ValueError(f"{what} are empty: give at least one parameter")


def check_groups(groups: Sequence[Any], checks: Mapping[str, Check], optimizer: str) -> None:
    """Refuse groups that can't be, at construction and before each step alike.

    Raises:
        KeyError: for a missing or unknown key.
        TypeError: for a value of the wrong type, or what is no Parameter.
        ValueError: for a value out of range, or a parameter or name that comes twice.
    """
    holders: dict[int, int] = {}  # id of a parameter -> its group
    names: dict[str, int] = {}
    for i, group in enumerate(groups):
        _check_params(groups, i, holders)
        # i is bound now: the title is made only if something is wrong, and then at once.
        check_values(group, checks, COMMON, lambda: group_title(i, group), optimizer)  # noqa: B023
        name = group.get("name")
        if name and names.setdefault(name, i) != i:
            raise ValueError(f"{group_title(i, group)} has the name of param group {names[name]}")


def _check_params(groups: Sequence[Any], i: int, holders: dict[int, int]) -> None:
    group = groups[i]
    _check_dict(i, group)
    if "params" not in group:
        raise _no_params(i, group)
    params = group["params"]
    if not isinstance(params, list | tuple):  # changed since the group was made
        _ordered(params, f"param group {i}: its params")
        raise TypeError(
            f"param group {i}: its params must be a list, not a {type(params).__name__}"
        )
    for j, p in enumerate(params):
        if not isinstance(p, Parameter):
            title = group_title(i, group)
            raise TypeError(f"{title}: item {j} of its params {_no_parameter(j, p)}")
        if id(p) in holders:
            k, title = holders[id(p)], group_title(i, group)
            where = (
                f"twice in {title}" if i == k else f"in {group_title(k, groups[k])} and in {title}"
            )
            raise ValueError(f"{called(j, p)} is {where}: it would be moved twice a step")
        holders[id(p)] = i


def learning_rate(index: int, group: Any, key: str = "lr") -> float:
    """Return the lr of a live group, which anyone may have set to anything, or deleted.

    Args:
        index: which group it is, for the error message.
        group: the group.
        key: ``lr``, or what a schedule notes beside it.

    Raises:
        KeyError: if it is missing.
        TypeError, ValueError: for a group that is no dict, or what is no finite number of at
            least 0.

    >>> learning_rate(1, {"params": [], "name": "fc", "lr": None})
    Traceback (most recent call last):
        ...
    TypeError: param group 1 'fc': lr must be a number, not None (a NoneType)
    """
    _check_dict(index, group)
    if key not in group:
        raise BadKeyError(f"{group_title(index, group)}: {key!r} is missing")
    try:
        nonnegative(group[key])
    except (TypeError, ValueError) as wrong:
        raise type(wrong)(f"{group_title(index, group)}: {key} {wrong}") from None
    return float(group[key])


def learning_rates(groups: Iterable[Any]) -> list[float]:
    """Return the lr of each live group; see :func:`learning_rate`."""
    return [learning_rate(i, group) for i, group in enumerate(groups)]


def _check_dict(index: int, group: Any) -> None:
    if not isinstance(group, dict):
        raise TypeError(
            f"param group {index} must be a dict such as {{'params': [...]}}, not {group!r}"
        )


def _no_params(index: int, group: Mapping[str, Any]) -> BadKeyError:
    return BadKeyError(
        f"{group_title(index, group)} has no 'params', only {sorted(map(str, group))}: give it the "
        "list of its parameters, {'params': [...]}"
    )


def _no_parameter(index: int, p: Any) -> str:
    if isinstance(p, tuple):
        of = f" (of {p[0]!r})" if p and isinstance(p[0], str) else ""
        return f"is a pair{of}: named_parameters() gives pairs, parameters() what is wanted here"
    if isinstance(p, Tensor):
        return (
            f"is {called(index, p)}, and only a Parameter can be optimised: make it one, "
            "Parameter(tensor)"
        )
    return f"is a {type(p).__name__}, not a Parameter"
