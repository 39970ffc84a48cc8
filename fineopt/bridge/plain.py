"""Copies as plain dicts, lists, numbers and arrays, which a file holds without pickle."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .copies import NUMBERS

__all__ = ["from_plain", "to_plain"]

DICTS = {kind.__name__: kind for kind in (dict, OrderedDict, Counter)}


def to_plain(value: Any, where: str, own: Callable[[Any, str], Any]) -> Any:
    """Return a copy as dicts, lists, numbers, strings and arrays alone.

    Args:
        value: what `fineopt.bridge.copies.Copier.stored` returned.
        where: what it is of, for messages.
        own: returns a dict of one item for what is special to a framework, and None otherwise.

    Raises:
        TypeError: if an object of another kind is in it.
    """
    if (special := own(value, where)) is not None:
        return special
    if isinstance(value, Mapping):
        kind = type(value).__name__ if type(value).__name__ in DICTS else "dict"
        items = [
            [to_plain(k, where, own), to_plain(v, f"{where}[{k!r}]", own)] for k, v in value.items()
        ]
        return {kind: items}
    if type(value) in (list, tuple):
        items = [to_plain(item, f"{where}[{i}]", own) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if type(value) in NUMBERS or isinstance(value, np.ndarray | np.number):
        return value
    if isinstance(value, bytes):
        return {"bytes": np.frombuffer(value, np.uint8)}
    raise TypeError(f"{where} is a {type(value).__name__}, which cannot be saved")


def from_plain(value: Any, own: Mapping[str, Callable[[Any], Any]]) -> Any:
    """Return what `to_plain` was given.

    Args:
        value: what `to_plain` returned.
        own: makes what is special to a framework, by its kind.

    Raises:
        Exception: of any kind if the value is damaged.
    """
    if isinstance(value, list):
        return [from_plain(item, own) for item in value]
    if not isinstance(value, Mapping):
        return value
    ((kind, content),) = value.items()
    if kind in DICTS:
        return DICTS[kind]((from_plain(k, own), from_plain(v, own)) for k, v in content)
    if kind == "tuple":
        return tuple(from_plain(item, own) for item in content)
    if kind == "bytes":
        return content.tobytes()
    if kind not in own:
        raise ValueError(f"there is no kind {kind!r}")
    return own[kind](content)
