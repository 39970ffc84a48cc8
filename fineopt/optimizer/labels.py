"""Names of param groups and parameters, for error messages, rows and legends."""

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

__all__ = ["find_group", "group_label", "group_labels", "group_title", "parameter_label"]


def parameter_label(index: int, p: Tensor) -> str:
    """Return a parameter's label for an error message: its name, or its index in the group.

    >>> from fineopt import Parameter
    >>> parameter_label(2, Parameter([1.0, 2.0]))
    'parameter 2 (unnamed, of shape (2,))'
    """
    return describe(p) if p.name else f"parameter {index} (unnamed, of shape {p.shape})"


def group_title(index: int, group: Any) -> str:
    """Return a group's title for an error message, with the names of its parameters.

    >>> from fineopt import Parameter
    >>> group_title(1, {"name": "fc", "params": [Parameter([0.0])]})
    "param group 1 'fc' (parameter 0 (unnamed, of shape (1,)))"
    """
    name = group.get("name") if isinstance(group, Mapping) else None
    names = [p.name or parameter_label(j, p) for j, p in tensors_in(group)]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    listed = f" ({', '.join(names[:3])}{more})" if names else ""
    return f"param group {index}{f' {name!r}' if name else ''}{listed}"


def tensors_in(group: Any) -> list[tuple[int, Tensor]]:
    """Return the tensors of a group with their indices; empty if the group is malformed.

    >>> tensors_in({"params": None})
    []
    """
    params = group.get("params") if isinstance(group, Mapping) else None
    items = [params] if isinstance(params, Tensor) else params
    indexed = enumerate(items) if isinstance(items, list | tuple) else ()
    return [(j, p) for j, p in indexed if isinstance(p, Tensor)]


def group_label(groups: Any, index: int) -> str:
    """Return a short label of a group for a row or a legend, unique among the groups.

    It is the group's ``name`` if it has one, else the common prefix of its parameters' names if no
    parameter of another group shares it, else the group's index.

    Args:
        groups: an optimizer, or its ``param_groups``.
        index: the index of the group.

    Raises:
        IndexError: if the index is out of range.

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
    all_names = sorted(name for of_group in names for name in of_group)
    labels: list[str] = []
    taken: set[str] = set()
    for i in range(len(groups)):
        label = given[i] or _common_prefix(names[i], all_names) or f"group {i}"
        while label in taken:
            label = f"{label} [{i}]"
        labels.append(label)
        taken.add(label)
    return labels


def _names(group: Any) -> list[str]:
    params = group.get("params") if isinstance(group, Mapping) else None
    items = params if isinstance(params, list | tuple) else ()
    return [getattr(p, "name", None) or "" for p in items]


def _common_prefix(names: list[str], all_names: list[str]) -> str | None:
    """Return a prefix of all of a group's names and of no other of `all_names` (sorted).

    Letters alone are preferred: ``conv`` over ``conv1.weight``.
    """
    start = os.path.commonprefix(names)  # noqa: RUF071 - character by character is intended
    letters = re.match(r"[^\W\d_]*", start)
    whole = start.rstrip("._") if len(start) < max(map(len, names), default=0) else start
    for prefix in (letters.group() if letters else "", whole):
        # In a sorted list, the names with a common prefix are adjacent.
        first = bisect_left(all_names, prefix)
        last = bisect_right(all_names, prefix, lo=first, key=lambda name: name[: len(prefix)])
        if len(prefix) >= 3 and last - first == len(names):
            return prefix
    return None


def find_group(groups: Sequence[Group], which: int | str) -> int:
    """Return the nonnegative index of a group given by index or label.

    Raises:
        IndexError: if the index is out of range.
        KeyError: if no group has the label.
    """
    if isinstance(which, str):
        labels = group_labels(groups)
        if which not in labels:
            raise BadKeyError(f"no param group is named {which!r}; {suggestion(which, labels)}")
        return labels.index(which)
    if not -len(groups) <= which < len(groups):
        raise IndexError(f"there is no param group {which}: the optimizer has {len(groups)}")
    return which % len(groups)
