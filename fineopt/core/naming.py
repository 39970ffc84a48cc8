"""Names of parameters and modules: their paths in the module that contains them.

A name is computed on demand, from where an object is stored at that moment: a layer may be
appended to a list that a module stores, or replaced deep inside a network, without notifying the
outer modules. Networks without lists need no search: each member keeps references to its owners.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from weakref import WeakValueDictionary, ref

__all__ = [
    "Member",
    "back_references",
    "check_collisions",
    "collision",
    "members",
    "name_of",
    "set_owner",
    "state_keys",
]


class Member:
    """Base class of what a module registers under a name: tensors and modules."""

    __slots__ = ()


# Owners of lists and dicts, whose items change without notice, by id and attribute.
_open: WeakValueDictionary[tuple[int, str], Any] = WeakValueDictionary()


def members(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, member) for a tensor or module, or for each one in a list, tuple or dict."""
    if isinstance(value, Member):
        yield path, value
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from members(item, f"{path}.{i}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from members(item, f"{path}.{key}")


def set_owner(owner: Any, attribute: str, value: Any, back: Collection[str] = ()) -> None:
    """Record the owner of each member in the new value of an attribute.

    A reference from a layer back to the network that contains it does not name the network. While
    an object is being copied these references cannot be detected, so ``back`` lists their paths.
    """
    key = id(owner), attribute
    if _is_open(value):
        _open[key] = owner
    for path, item in members(value, attribute):
        owners = getattr(item, "_owners", None)
        if owners is not None:
            is_back = path in back or (hasattr(item, "__dict__") and _is_in(owner, item))
            owners.pop(key, None)  # the newest comes last
            owners[key] = ref(owner), is_back


def back_references(owner: Any) -> list[str]:
    """Return the paths under which a module refers back to a module that contains it."""
    return [
        path
        for attribute, value in vars(owner).items()
        for path, item in members(value, attribute)
        if getattr(item, "_owners", {}).get((id(owner), attribute), (None, False))[1]
    ]


def name_of(item: Any) -> str | None:
    """Return the path of a parameter or module from the outermost module, None without an owner.

    If more than one network contains the item, the most recent owner decides. If one network
    contains it under more than one path, the name is the one in its ``named_parameters()``.
    """
    found = list(_paths(item))
    if not found:
        return None
    root = found[-1][0]
    paths = sorted(path for other, path in found if other is root)
    if len(paths) > 1:
        try:
            return next((n for n, p in root.named_parameters() if p is item), paths[0])
        except ValueError:  # colliding names: named_parameters() reports them to its caller
            pass
    return paths[0]


def state_keys(tensors: Iterable[Any]) -> list[str]:
    """Return a unique key for each tensor in a state dict.

    The key is the tensor's name, followed by ``#`` and its position if the name is missing or
    not unique.

    >>> from fineopt import Parameter
    >>> p, q = Parameter([1.0]), Parameter([2.0])
    >>> p.name = "w"
    >>> state_keys([p, q])
    ['w', '#1']
    """
    names = [x.name for x in tensors]
    times = Counter(names)
    return [
        name if name and times[name] == 1 else f"{name or ''}#{i}" for i, name in enumerate(names)
    ]


def check_collisions(owner: str, named: Iterable[tuple[str, Any]]) -> None:
    """Check that no name refers to two different objects.

    Raises:
        ValueError: naming the first collision.
    """
    found: dict[str, Any] = {}
    for name, item in named:
        if found.setdefault(name, item) is not item:
            raise collision(owner, name)


def collision(owner: str, name: str) -> ValueError:
    """Return the error for a name that refers to two different objects."""
    return ValueError(
        f"{owner} would contain two members named {name!r}, and a state dict only one of them: "
        "rename the dict key or the attribute"
    )


def _is_open(value: Any) -> bool:
    return isinstance(value, list | dict) or (
        isinstance(value, tuple) and any(_is_open(item) for item in value)
    )


def _places(item: Any) -> Iterator[tuple[Any, str]]:
    """Yield (owner, path) for each place where an item is stored now, the newest last."""
    known = {key: (owner(), is_back) for key, (owner, is_back) in item._owners.items()}
    for key, owner in list(_open.items()):
        if key not in known or known[key][0] is not owner:
            value = vars(owner).get(key[1])
            yield from ((owner, path) for path, x in members(value, key[1]) if x is item)
    for (_, attribute), (owner, is_back) in known.items():
        value = None if owner is None or is_back else vars(owner).get(attribute)
        if value is item:
            yield owner, attribute
        elif value is not None:
            yield from ((owner, path) for path, x in members(value, attribute) if x is item)


def _paths(item: Any, below: tuple[Any, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Yield (outermost module, path) for each path to an item."""
    below = (*below, item)
    for owner, own in _places(item):
        if all(owner is not other for other in below):
            above = list(_paths(owner, below))
            if above:
                yield from ((root, f"{path}.{own}") for root, path in above)
            else:
                yield owner, own


def _is_in(item: Any, outer: Any, below: tuple[Any, ...] = ()) -> bool:
    """Return whether an item is a module, or is stored anywhere inside it."""
    if item is outer:
        return True
    below = (*below, item)
    return any(
        _is_in(owner, outer, below)
        for owner, _ in _places(item)
        if all(owner is not other for other in below)
    )
