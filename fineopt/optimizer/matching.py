"""Matching a saved state to an optimizer, by the names of its parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol

import numpy as np

from ..checks import Check, plain
from ..core.parameter import Parameter
from ..errors import BadTypeError
from ..types import Array, Group, State
from .groups import check_groups
from .labels import group_title

__all__ = ["keys_of", "match", "widened"]


class Target(Protocol):
    """What matching needs to know of an optimizer."""

    checks: ClassVar[dict[str, Check]]
    slots: ClassVar[tuple[str, ...]]
    always: ClassVar[tuple[str, ...]]
    squares: ClassVar[tuple[str, ...]]
    param_groups: list[Group]

    def parameters(self) -> Iterable[Parameter]:
        """Yield the parameters of all groups."""


def widened(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of a parameter's state and updates: its own, and float32 at least."""
    return np.result_type(dtype, np.float32)


def keys_of(parameters: Iterable[Parameter]) -> dict[Parameter, str]:
    """Return the key of each parameter in a state: its name if it is unique, else its index."""
    params = list(parameters)
    times = Counter(p.name for p in params)
    return {
        p: p.name if p.name and times[p.name] == 1 else f"{p.name or ''}#{i}"
        for i, p in enumerate(params)
    }


def match(optimizer: Target, saved: Any) -> tuple[list[Group], dict[Parameter, State]]:
    """Return the groups of a saved state in the optimizer's order, and its states by parameter.

    Raises:
        ValueError: with a report of all mismatches (also a TypeError if it is not a state dict at
            all).
    """
    own = type(optimizer).__name__
    if not _is_state(saved):
        raise BadTypeError(f"{own} loads a dict as state_dict() returns it, not {_brief(saved)}")
    report = []
    if saved.get("optimizer", own) != own:
        report.append(f"the state is from {saved['optimizer']}, the optimizer is {own}")
    keys = keys_of(optimizer.parameters())
    groups = []
    misplaced = _named_twice(saved) or _different_names(keys, saved)
    misplaced = misplaced or _different_groups(optimizer, keys, saved)
    if not misplaced:
        groups = _groups(optimizer, keys, saved)
        try:
            check_groups(groups, optimizer.checks, own)
        except (KeyError, TypeError, ValueError) as error:
            report.append(str(error))
    report += misplaced
    states = {p: _state(optimizer, p, key, saved, report) for p, key in keys.items()}
    if report:
        lines = "\n".join(f"- {line}" for line in report)
        raise ValueError(f"{own} cannot load this state:\n{lines}")
    return groups, {p: state for p, state in states.items() if state}


def _is_state(saved: Any) -> bool:
    if not isinstance(saved, Mapping) or not isinstance(saved.get("state"), Mapping):
        return False
    groups = saved.get("param_groups")
    return isinstance(groups, list | tuple) and all(
        isinstance(group, Mapping) and isinstance(group.get("params"), list | tuple)
        for group in groups
    )


def _brief(saved: Any) -> str:
    if not isinstance(saved, Mapping):
        return f"a {type(saved).__name__}"
    return f"one with the keys {sorted(map(str, saved))}" if saved else "an empty one"


# ---- names and groups ----


def _names(group: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(map(str, group["params"]))


def _named_twice(saved: Mapping[str, Any]) -> list[str]:
    times = Counter(str(name) for group in saved["param_groups"] for name in group["params"])
    return [f"{name} is in the state's groups {n} times" for name, n in times.items() if n > 1]


def _different_names(keys: Mapping[Parameter, str], saved: Mapping[str, Any]) -> list[str]:
    here = set(keys.values())
    there = {name for group in saved["param_groups"] for name in _names(group)}
    return [f"{key} is in the optimizer, not in the state" for key in sorted(here - there)] + [
        f"{key} is in the state, not in the optimizer"
        for key in sorted((there | {*map(str, saved["state"])}) - here)
    ]


def _different_groups(
    optimizer: Target, keys: Mapping[Parameter, str], saved: Mapping[str, Any]
) -> list[str]:
    there = {name: i for i, group in enumerate(saved["param_groups"]) for name in _names(group)}
    sets = [_names(group) for group in saved["param_groups"]]
    report = []
    for i, group in enumerate(optimizer.param_groups):
        names = [keys[p] for p in group["params"]]
        if frozenset(names) not in sets:
            spread = ", ".join(f"{name} in {there[name]}" for name in names)
            report.append(f"{group_title(i, group)} is grouped differently in the state: {spread}")
    here = len(optimizer.param_groups)
    if len(sets) != here:  # the remaining ones have no parameters
        report.append(
            f"the number of param groups differs: {here} in the optimizer, {len(sets)} in the state"
        )
    return report


def _groups(
    optimizer: Target, keys: Mapping[Parameter, str], saved: Mapping[str, Any]
) -> list[Group]:
    left = list(saved["param_groups"])
    groups = []
    for group in optimizer.param_groups:
        names = frozenset(keys[p] for p in group["params"])
        # the first match: more than one group may have no parameters left
        values = left.pop(next(i for i, other in enumerate(left) if _names(other) == names))
        label = {"name": group["name"]} if "name" in group else {}
        loaded = {key: plain(value) for key, value in values.items() if key != "params"}
        groups.append({**label, **loaded, "params": group["params"]})
    return groups


# ---- the state of one parameter ----


def _state(
    optimizer: Target, p: Parameter, key: str, saved: Mapping[str, Any], report: list[str]
) -> State:
    state: State = {}
    found = saved["state"].get(key, {})
    if not isinstance(found, Mapping):
        report.append(f"the state of {key} must be a dict of 'step' and arrays, not {found!r}")
        return state
    if not found:
        return state
    for name, value in found.items():
        array = _array(value)
        if name not in ("step", *optimizer.slots):
            report.append(f"{key} has {name!r}, which {type(optimizer).__name__} does not use")
        elif array is None:
            report.append(f"{name!r} of {key} is not an array of numbers")
        elif array.shape != (() if name == "step" else p.shape):
            report.append(f"{key} has shape {p.shape}, but its {name!r} has {array.shape}")
        elif name == "step":
            if np.isfinite(array) and array >= 0 and array == np.floor(array):
                state[name] = int(array)
            else:
                report.append(f"'step' of {key} must be an integer of at least 0, not {value!r}")
        elif name in optimizer.squares and (array < 0).any():
            report.append(f"{name!r} of {key} holds squares, but has negative numbers")
        else:
            state[name] = array.astype(widened(p.dtype), copy=False)
    if "step" not in found:
        report.append(f"{key} has no 'step'")
    elif state.get("step"):
        missing = [name for name in optimizer.always if name not in found]
        report += [f"{key} has no {name!r}, although its step is not 0" for name in missing]
    return state


def _array(value: Any) -> Array | None:
    try:
        array = np.array(value)
    except (TypeError, ValueError, OverflowError):  # such as a ragged nested list
        return None
    return array if array.dtype.kind in "fiu" else None
