"""What param groups and parameters are called: in error messages, rows and legends."""

from __future__ import annotations

import os.path
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.tensor import Tensor
from ..core.values import describe
from ..errors import BadKeyError, suggestion
from ..types import Group

__all__ = ["called", "find_group", "group_label", "group_labels", "group_title"]


def called(index: int, p: Tensor) -> str:
    """Name a parameter for an error message: by its name, or else its place in the group.

    >>> from fineopt import Parameter
    >>> called(2, Parameter([1.0, 2.0]))
    'parameter 2 (unnamed, of shape (2,))'
    """
    return describe(p) if p.name else f"parameter {index} (unnamed, of shape {p.shape})"


def group_title(index: int, group: Any) -> str:
    """Name a group, and its parameters, for an error message.

    >>> from fineopt import Parameter
    >>> group_title(1, {"name": "fc", "params": [Parameter([0.0])]})
    "param group 1 'fc' (parameter 0 (unnamed, of shape (1,)))"
    """
    name = group.get("name") if isinstance(group, Mapping) else None
    names = [p.name or called(j, p) for j, p in tensors_in(group)]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    listed = f" ({', '.join(names[:3])}{more})" if names else ""
    return f"param group {index}{f' {name!r}' if name else ''}{listed}"


def tensors_in(group: Any) -> list[tuple[int, Tensor]]:
    """Return the tensors in a group, with their places; none of what is no group at all.

    >>> tensors_in({"params": None})
    []
    """
    params = group.get("params") if isinstance(group, Mapping) else None
    held = [params] if isinstance(params, Tensor) else params
    items = enumerate(held) if isinstance(held, list | tuple) else ()
    return [(j, p) for j, p in items if isinstance(p, Tensor)]


def group_label(groups: Any, index: int) -> str:
    """Return a short label of a group, for a row or a legend, which no other group has.

    It is the group's ``name``; else what its parameters' names have in common and no name in
    another group begins with; else its number.

    Args:
        groups: an optimizer, or its ``param_groups``.
        index: which group.

    Raises:
        IndexError: if there is no such group.

    >>> from fineopt import Parameter
    >>> conv, fc = [Parameter([0.0]), Parameter([0.0])], [Parameter([0.0]), Parameter([0.0])]
    >>> conv[0].name, conv[1].name = "conv1.bias", "conv2.weight"
    >>> fc[0].name, fc[1].name = "classifer.bias", "fc1.weight"
    >>> groups = [{"params": conv}, {"params": fc}]
    >>> group_label(groups, 0), group_label(groups, 1)
    ('conv', 'group 1')
    """
    return group_labels(groups)[index]


def group_labels(groups: Any) -> list[str]:
    """Return the labels of all groups; see :func:`group_label`."""
    groups = list(getattr(groups, "param_groups", groups))
    given = [group.get("name") if isinstance(group, Mapping) else None for group in groups]
    given = [name if isinstance(name, str) else None for name in given]
    names = [] if all(given) else [_names(group) for group in groups]
    every = sorted(name for several in names for name in several)
    labels: list[str] = []
    taken: set[str] = set()
    for i in range(len(groups)):
        label = given[i] or _common(names[i], every) or f"group {i}"
        while label in taken:
            label = f"{label} [{i}]"
        labels.append(label)
        taken.add(label)
    return labels


def _names(group: Any) -> list[str]:
    params = group.get("params") if isinstance(group, Mapping) else None
    several = params if isinstance(params, list | tuple) else ()
    return [getattr(p, "name", None) or "" for p in several]


def _common(names: list[str], every: list[str]) -> str | None:
    """What all names begin with and no other of every (sorted) does: letters, or else more."""
    start = os.path.commonprefix(names)  # noqa: RUF071 - letter by letter is what is wanted
    letters = re.match(r"[^\W\d_]*", start)
    whole = start.rstrip("._") if len(start) < max(map(len, names), default=0) else start
    for prefix in (letters.group() if letters else "", whole):
        # In a sorted list the names with one beginning stand together.
        first = bisect_left(every, prefix)
        last = bisect_right(every, prefix, lo=first, key=lambda name: name[: len(prefix)])
        if len(prefix) >= 3 and last - first == len(names):
            return prefix
    return None


def find_group(groups: Sequence[Group], which: int | str) -> int:
    """Return the index of a group that is given by index or label.

    Raises:
        IndexError: for an index that no group has.
        KeyError: for a label that no group has.
    """
    if isinstance(which, str):
        labels = group_labels(groups)
        if which not in labels:
            raise BadKeyError(f"no param group is called {which!r}, {suggestion(which, labels)}")
        return labels.index(which)
    if not -len(groups) <= which < len(groups):
        raise IndexError(f"there is no param group {which}, only {len(groups)} of them")
    return which % len(groups)
