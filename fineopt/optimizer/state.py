"""Saving and restoring an optimizer by the names of its parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..atomic import Change
from ..checks import plain
from ..core.parameter import Parameter
from ..errors import BadTypeError
from ..types import Array, Group, State
from .groups import COMMON, check_groups
from .labels import group_title

if TYPE_CHECKING:
    from .base import Optimizer

__all__ = ["loading", "match", "state_dict", "wide"]


class Match(NamedTuple):
    """What is to be loaded, once nothing more can go wrong."""

    groups: list[Group]  # new values, in the optimizer's order
    state: dict[Parameter, State]


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype that a parameter of some dtype is optimised in: float32 at least."""
    return np.result_type(dtype, np.float32)


def keys_of(optimizer: Optimizer) -> dict[Parameter, str]:
    """Return the key of each parameter: its name if no other has it, else its place."""
    params = list(optimizer.parameters())
    times = Counter(p.name for p in params)
    return {
        p: p.name if p.name and times[p.name] == 1 else f"{p.name or ''}#{i}"
        for i, p in enumerate(params)
    }


def state_dict(optimizer: Optimizer) -> dict[str, Any]:
    """See :meth:`Optimizer.state_dict`."""
    keys = keys_of(optimizer)
    groups = [
        {key: plain(value) for key, value in group.items()}
        | {"params": [keys[p] for p in group["params"]]}
        for group in optimizer.param_groups
    ]
    state = {
        key: {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in slots.items()}
        for p, key in keys.items()
        if (slots := optimizer._state.get(p))
    }
    return {"optimizer": type(optimizer).__name__, "param_groups": groups, "state": state}


def match(optimizer: Optimizer, saved: Any) -> Match:
    """Find what of a saved state belongs where, and change nothing.

    Raises:
        ValueError: with one report of all that does not match; a TypeError too, for what is no
            state at all.
    """
    own = type(optimizer).__name__
    if not _is_state(saved):
        raise BadTypeError(f"{own} loads a dict as state_dict() returns it, not {_brief(saved)}")
    wrong = []
    if saved.get("optimizer", own) != own:
        wrong.append(f"it is the state of {saved['optimizer']}, and this is {own}")
    keys = keys_of(optimizer)
    groups = []
    misplaced = _named_twice(saved) or _other_names(keys, saved)
    misplaced = misplaced or _other_groups(optimizer, keys, saved)
    if not misplaced:
        groups = _groups(optimizer, keys, saved)
        try:
            check_groups(groups, optimizer.checks, own)
        except (KeyError, TypeError, ValueError) as error:
            wrong.append(str(error))
    wrong += misplaced
    state = {p: _slots(optimizer, p, key, saved, wrong) for p, key in keys.items()}
    if wrong:
        raise ValueError(f"{own} can't load this state:\n" + "\n".join(f"- {w}" for w in wrong))
    return Match(groups, {p: slots for p, slots in state.items() if slots})


def loading(optimizer: Optimizer, found: Match) -> list[Change]:
    """Return what takes over a match: the groups' dicts stay the same objects."""
    changes: list[Change] = []
    for group, values in zip(optimizer.param_groups, found.groups, strict=True):
        # a schedule's marks that are not in the state are gone
        changes += [partial(group.pop, key, None) for key in COMMON if key not in values]
        changes.append(partial(group.update, values))
    return [*changes, partial(setattr, optimizer, "_state", found.state)]


def _is_state(saved: Any) -> bool:
    if not isinstance(saved, Mapping) or not isinstance(saved.get("state"), Mapping):
        return False
    groups = saved.get("param_groups")
    return isinstance(groups, list | tuple) and all(
        isinstance(group, Mapping) and isinstance(group.get("params"), list | tuple)
        for group in groups
    )


def _brief(saved: Any) -> str:
    if isinstance(saved, Mapping):
        return f"one of {sorted(map(str, saved)) or 'nothing'}"
    return f"a {type(saved).__name__}"


def _names(group: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(map(str, group["params"]))


def _named_twice(saved: Mapping[str, Any]) -> list[str]:
    times = Counter(str(name) for group in saved["param_groups"] for name in group["params"])
    return [f"{name} is in the state's groups {n} times" for name, n in times.items() if n > 1]


def _other_names(keys: Mapping[Parameter, str], saved: Mapping[str, Any]) -> list[str]:
    here = set(keys.values())
    there = {name for group in saved["param_groups"] for name in _names(group)}
    return [f"{key} is in the optimizer, not in the state" for key in sorted(here - there)] + [
        f"{key} is in the state, not in the optimizer"
        for key in sorted((there | {*map(str, saved["state"])}) - here)
    ]


def _other_groups(
    optimizer: Optimizer, keys: Mapping[Parameter, str], saved: Mapping[str, Any]
) -> list[str]:
    there = {name: i for i, group in enumerate(saved["param_groups"]) for name in _names(group)}
    sets = [_names(group) for group in saved["param_groups"]]
    report = []
    for i, group in enumerate(optimizer.param_groups):
        names = [keys[p] for p in group["params"]]
        if frozenset(names) not in sets:
            spread = ", ".join(f"{name} in {there[name]}" for name in names)
            report.append(f"{group_title(i, group)} is grouped otherwise in the state: {spread}")
    if len(sets) != len(optimizer.param_groups):  # those that are left over have no parameters
        report.append(f"{len(optimizer.param_groups)} param groups are here, {len(sets)} there")
    return report


def _groups(
    optimizer: Optimizer, keys: Mapping[Parameter, str], saved: Mapping[str, Any]
) -> list[Group]:
    left = list(saved["param_groups"])
    groups = []
    for group in optimizer.param_groups:
        names = frozenset(keys[p] for p in group["params"])
        # the first of them: several may have no parameters left
        values = left.pop(next(i for i, other in enumerate(left) if _names(other) == names))
        label = {"name": group["name"]} if "name" in group else {}
        loaded = {key: plain(value) for key, value in values.items() if key != "params"}
        groups.append({**label, **loaded, "params": group["params"]})
    return groups


def _slots(
    optimizer: Optimizer, p: Parameter, key: str, saved: Mapping[str, Any], wrong: list[str]
) -> State:
    slots: State = {}
    found = saved["state"].get(key, {})
    if not isinstance(found, Mapping):
        wrong.append(f"{key} has {found!r} for a state, which must be a dict of 'step' and arrays")
        return slots
    if not found:
        return slots
    for name, value in found.items():
        array = _array(value)
        if name not in ("step", *optimizer.slots):
            wrong.append(f"{key} has {name!r}, which {type(optimizer).__name__} doesn't keep")
        elif array is None:
            wrong.append(f"{key} has a {name!r} that holds no numbers")
        elif array.shape != (() if name == "step" else p.shape):
            wrong.append(f"{key} has shape {p.shape} here, its {name!r} has {array.shape} there")
        elif name == "step":
            if not (np.isfinite(array) and array >= 0 and array == np.floor(array)):
                wrong.append(f"{key} has step {value!r}: it must be a whole number of at least 0")
            else:
                slots[name] = int(array)
        elif name in optimizer.squares and (array < 0).any():
            wrong.append(f"{key} has a {name!r} with negative numbers, which squares never are")
        else:
            slots[name] = array.astype(wide(p.dtype), copy=False)
    if "step" not in found:
        wrong.append(f"{key} has no 'step'")
    elif slots.get("step"):
        missing = [name for name in optimizer.always if name not in found]
        wrong += [f"{key} has no {name!r}, though it has taken steps" for name in missing]
    return slots


def _array(value: Any) -> Array | None:
    try:
        array = np.array(value)
    except (TypeError, ValueError, OverflowError):  # nested lists of several lengths
        return None
    return array if array.dtype.kind in "fiu" else None
