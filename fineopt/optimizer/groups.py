"""Param groups: construction and validation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..checks import Check, check_values, nonempty_string, nonnegative, validate
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..errors import BadKeyError
from ..types import Group
from .labels import find_group, group_label, group_labels, group_title, parameter_label

__all__ = [
    "as_group",
    "as_groups",
    "check_gradients",
    "check_groups",
    "find_group",
    "group_label",
    "group_labels",
    "learning_rate",
    "learning_rates",
]

# Keys that a group of any optimizer may have. The last two belong to schedules: the base lr, and
# the lr written last, which tells an lr set by hand from a scheduled one.
COMMON: dict[str, Check] = {
    "params": lambda params: None,  # checked by check_groups
    "name": nonempty_string,
    "initial_lr": nonnegative,
    "scheduled_lr": nonnegative,
}


# ---- construction ----


def as_groups(params: Any) -> list[Any]:
    """Convert an optimizer's ``params`` argument to a list of dicts.

    Raises:
        TypeError: for a set, a mix of dicts and parameters, or an object that is not iterable.
        ValueError: for an empty list or an exhausted generator.
    """
    if isinstance(params, Tensor | Mapping):
        params = [params]
    items = _as_list(params, "the optimizer's params")
    is_dict = [isinstance(item, Mapping) for item in items]
    if all(is_dict):
        return items
    if any(is_dict):
        i, j = is_dict.index(True), is_dict.index(False)
        other = items[j]
        what = (
            parameter_label(j, other) if isinstance(other, Tensor) else f"a {type(other).__name__}"
        )
        raise TypeError(
            f"the optimizer's params mix dicts and parameters: item {i} is "
            f"{group_title(i, items[i])}, item {j} is {what}. Put the parameters into a dict too: "
            "{'params': [...]}"
        )
    return [{"params": items}]


def as_group(group: Any, index: int, defaults: Mapping[str, Any]) -> Group:
    """Return a new dict of a group, with its parameters in a list and defaults filled in.

    Raises:
        KeyError: if ``params`` is missing.
        TypeError: if the group is not a dict, or its params are a set or not iterable.
        ValueError: if its params are empty, or an exhausted generator.
    """
    title = group_title(index, group)
    if not isinstance(group, Mapping):
        raise TypeError(f"{title} must be a dict such as {{'params': [...]}}, not {group!r}")
    if "params" not in group:
        raise _missing_params(index, group)
    params = group["params"]
    items = [params] if isinstance(params, Tensor) else _as_list(params, f"{title}: params")
    return {**defaults, **group, "params": items}


def _as_list(params: Any, what: str) -> list[Any]:
    if isinstance(params, set | frozenset):
        raise TypeError(
            f"{what} are a set, whose order changes from run to run: pass a list, such as "
            "list(net.parameters())"
        )
    if isinstance(params, str | bytes | Mapping) or not isinstance(params, Iterable):
        raise TypeError(f"{what} must be a list of parameters, not a {type(params).__name__}")
    items = list(params)
    if items:
        return items
    if isinstance(params, Iterator):
        raise ValueError(
            f"{what} are empty: the generator is exhausted, since it can be iterated over only "
            "once. Pass a list, such as list(net.parameters())"
        )
    raise ValueError(f"{what} are empty: pass at least one parameter")


# ---- validation ----


def check_groups(groups: Sequence[Any], checks: Mapping[str, Check], optimizer: str) -> None:
    """Validate the param groups, at construction and before each step.

    Raises:
        KeyError: for a missing or unknown key.
        TypeError: for a value of the wrong type, or an item of params that is not a Parameter.
        ValueError: for a value out of range, or a parameter or name that appears twice.
    """
    owners: dict[int, int] = {}  # id of a parameter -> index of its group
    names: dict[str, int] = {}
    for i, group in enumerate(groups):
        _check_params(groups, i, owners)
        # The title is built only on an error, while i and group still have these values.
        check_values(group, checks, COMMON, lambda: group_title(i, group), optimizer)  # noqa: B023
        name = group.get("name")
        if name and names.setdefault(name, i) != i:
            raise ValueError(
                f"{group_title(i, group)} has the same name as param group {names[name]}"
            )


def _check_params(groups: Sequence[Any], i: int, owners: dict[int, int]) -> None:
    group = groups[i]
    _check_dict(i, group)
    if "params" not in group:
        raise _missing_params(i, group)
    params = group["params"]
    if not isinstance(params, list | tuple):  # replaced since the group was made
        _as_list(params, f"param group {i}: params")
        raise TypeError(f"param group {i}: params must be a list, not a {type(params).__name__}")
    for j, p in enumerate(params):
        if not isinstance(p, Parameter):
            raise TypeError(f"{group_title(i, group)}: item {j} of params {_not_a_parameter(p)}")
        if id(p) in owners:
            k, title = owners[id(p)], group_title(i, group)
            where = (
                f"twice in {title}" if i == k else f"in {group_title(k, groups[k])} and in {title}"
            )
            raise ValueError(f"{parameter_label(j, p)} is {where}: it would move twice per step")
        owners[id(p)] = i


def check_gradients(groups: Iterable[Group]) -> None:
    """Check that each gradient is None, or a Tensor of its parameter's shape.

    Raises:
        ValueError: naming the group and the parameter.
    """
    for i, group in enumerate(groups):
        for j, p in enumerate(group["params"]):
            if p.grad is None:
                continue
            if not isinstance(p.grad, Tensor):
                what = f"is a {type(p.grad).__name__}, not a Tensor"
            elif p.grad.shape != p.shape:
                what = f"has shape {p.grad.shape}"
            else:
                continue
            title = group_title(i, group)
            raise ValueError(f"{title}: the gradient of {parameter_label(j, p)} {what}")


def learning_rate(index: int, group: Any, key: str = "lr") -> float:
    """Return a live group's lr, validated, since anyone may have changed or deleted it.

    Args:
        index: the index of the group, for the error message.
        group: the group.
        key: ``lr``, ``initial_lr`` or ``scheduled_lr``.

    Raises:
        KeyError: if it is missing.
        TypeError, ValueError: if the group is not a dict, or the value not a finite number of at
            least 0.

    >>> learning_rate(1, {"params": [], "name": "fc", "lr": None})
    Traceback (most recent call last):
        ...
    TypeError: param group 1 'fc': lr must be a number, not None (a NoneType)
    """
    _check_dict(index, group)
    if key not in group:
        raise BadKeyError(f"{group_title(index, group)}: {key!r} is missing")
    if type(value := group[key]) is float and 0.0 <= value < math.inf:
        return value  # the common case, checked at each step
    validate(value, nonnegative, lambda: f"{group_title(index, group)}: {key}")
    return float(value)


def learning_rates(groups: Iterable[Any]) -> list[float]:
    """Return the lr of each live group; see :func:`learning_rate`."""
    return [learning_rate(i, group) for i, group in enumerate(groups)]


def _check_dict(index: int, group: Any) -> None:
    if not isinstance(group, dict):
        raise TypeError(
            f"param group {index} must be a dict such as {{'params': [...]}}, not {group!r}"
        )


def _missing_params(index: int, group: Mapping[str, Any]) -> BadKeyError:
    return BadKeyError(
        f"{group_title(index, group)} has no 'params', only {sorted(map(str, group))}: add the "
        "list of its parameters, {'params': [...]}"
    )


def _not_a_parameter(item: Any) -> str:
    if isinstance(item, tuple):
        name = f" of {item[0]!r}" if item and isinstance(item[0], str) else ""
        return f"is a (name, parameter) pair{name}: pass parameters(), not named_parameters()"
    if isinstance(item, Tensor):
        name = f" {item.name!r}" if item.name else ""
        return (
            f"is a Tensor{name} of shape {item.shape}, and only a Parameter can be optimised: "
            "convert it with Parameter(tensor)"
        )
    return f"is a {type(item).__name__}, not a Parameter"
