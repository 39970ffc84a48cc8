"""What a function keeps from one call to the next, such as a counter or a random stream."""

from __future__ import annotations

import dis
import random
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ...module import Module

__all__ = ["STREAMS", "keeper", "kept_by"]

MUTABLE = (list, dict, set, np.ndarray)
STREAMS = (np.random.Generator, np.random.RandomState, random.Random)


def keeper(function: Any) -> Any:
    """Return the object whose attributes a function can change: a bound method's, or itself.

    >>> class Loop:
    ...     def step(self):
    ...         self.steps = 1
    >>> keeper((loop := Loop()).step) is loop
    True
    """
    return getattr(function, "__self__", function)


def kept_by(function: Any) -> list[str]:
    """Return the names of what a function may change and a snapshot does not restore.

    Plain attributes of its :func:`keeper` are restored, and all that a ``state_dict`` returns.
    Functions of the same module that it calls count too.

    >>> def step(x, seen=[]):
    ...     seen.append(x)
    >>> kept_by(step)
    ['seen']
    """
    if isinstance(function, partial):
        given = {**{f"argument {i}": a for i, a in enumerate(function.args)}, **function.keywords}
        return list(dict.fromkeys([*_changing(given), *kept_by(function.func)]))
    owner = keeper(function)
    if isinstance(owner, Module):  # of which snapshots take care
        found = []
    elif callable(getattr(owner, "state_dict", None)):
        return []
    else:
        found = _changing(getattr(owner, "__dict__", {}))
    plain = getattr(function, "__func__", function)
    if not isinstance(plain, FunctionType):
        plain = type(function).__call__
    if isinstance(plain, FunctionType):
        found += _outside(plain, set())
    return list(dict.fromkeys(found))


def _changing(items: Mapping[str, Any]) -> list[str]:
    return [name for name, value in items.items() if isinstance(value, (*MUTABLE, *STREAMS))]


def _outside(function: FunctionType, seen: set[CodeType]) -> Iterator[str]:
    """Yield the mutable defaults, outer variables and globals of a function."""
    code = function.__code__
    if code in seen:
        return
    seen.add(code)
    first = code.co_argcount - len(function.__defaults__ or ())
    defaults = zip(code.co_varnames[first:], function.__defaults__ or (), strict=False)
    yield from _changing({**dict(defaults), **(function.__kwdefaults__ or {})})
    stored = _assigned(code)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # not yet set
            continue
        if _changing({name: value}) or name in stored:
            yield name
        elif isinstance(value, FunctionType):
            yield from _outside(value, seen)
    outer = function.__globals__
    for name in _globals(code):
        value = outer.get(name)
        # A global array or list is more often a constant than what a step changes.
        if isinstance(value, STREAMS) or name in stored:
            yield name
        elif isinstance(value, FunctionType) and value.__globals__ is outer:
            yield from _outside(value, seen)


@lru_cache(maxsize=256)  # asked at each epoch's end, and disassembling takes a millisecond
def _assigned(code: CodeType) -> frozenset[str]:
    """Return the outer variables and globals that a function assigns."""
    return frozenset(
        str(one.argval)
        for one in dis.get_instructions(code)
        if one.opname == "STORE_GLOBAL"
        or (one.opname == "STORE_DEREF" and one.argval in code.co_freevars)
    )


@lru_cache(maxsize=256)
def _globals(code: CodeType) -> tuple[str, ...]:
    """Return the global variables that a function, or one within it, reads or assigns."""
    found = [
        str(one.argval)
        for one in dis.get_instructions(code)
        if one.opname in ("LOAD_GLOBAL", "STORE_GLOBAL")
    ]
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found += _globals(const)
    return tuple(dict.fromkeys(found))
