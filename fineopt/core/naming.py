"""Where tensors and modules are held, and so what they are called.

A name is worked out when it is asked for, from where a thing is held at that moment: layers are
appended to a list that a module holds, or replaced deep inside, without the outer modules being
told. A network without lists is not searched: what was given to an attribute knows its holders.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from weakref import WeakValueDictionary, ref

__all__ = ["Held", "collision", "leaves", "name_of", "note", "pointers_back", "refuse_collisions"]


class Held:
    """Base of what a module may hold under a name: tensors and modules."""

    __slots__ = ()


# Holders of lists and dicts, whose items change without notice: by id and attribute.
_open: WeakValueDictionary[tuple[int, str], Any] = WeakValueDictionary()


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (path, tensor or module) of a value: itself, or those in a list, tuple or dict."""
    if isinstance(value, Held):
        yield path, value
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from leaves(item, f"{path}.{i}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")


def note(holder: Any, attribute: str, value: Any, back: Collection[str] = ()) -> None:
    """Let what is held in a new value of an attribute know its holder.

    A layer's pointer back to the network that it is in gives the network no name. In a copy under
    way it can't be seen which these are: ``back`` has their paths.
    """
    key = id(holder), attribute
    if _is_open(value):
        _open[key] = holder
    for path, item in leaves(value, attribute):
        known = getattr(item, "_holders", None)
        if known is not None:
            points_back = path in back or (hasattr(item, "__dict__") and _is_in(holder, item))
            known.pop(key, None)  # the newest comes last
            known[key] = ref(holder), points_back


def pointers_back(holder: Any) -> list[str]:
    """Return the paths under which a module points back to one that it is in."""
    return [
        path
        for attribute, value in vars(holder).items()
        for path, item in leaves(value, attribute)
        if getattr(item, "_holders", {}).get((id(holder), attribute), (None, False))[1]
    ]


def name_of(item: Any) -> str | None:
    """Return the path of a parameter or module from the outermost module; None if nobody holds it.

    Where several networks hold it, the one that was given it last counts; under several paths in
    one, a parameter has the name that its ``named_parameters()`` yields.
    """
    paths = list(_paths(item))
    if not paths:
        return None
    root = paths[-1][0]
    several = sorted(path for other, path in paths if other is root)
    if len(several) > 1:
        try:
            return next((n for n, p in root.named_parameters() if p is item), several[0])
        except ValueError:  # names that collide: whoever asks for all of them is told
            pass
    return several[0]


def refuse_collisions(owner: str, named: Iterator[tuple[str, Any]]) -> None:
    """Check that no name is that of two things.

    Raises:
        ValueError: naming the first that is.
    """
    found: dict[str, Any] = {}
    for name, item in named:
        if found.setdefault(name, item) is not item:
            raise collision(owner, name)


def collision(owner: str, name: str) -> ValueError:
    """Make the error for a name that is that of two things."""
    return ValueError(
        f"{owner} would hold two things under the name {name!r}, and a state only one of them: "
        "give the keys of its dict, or the attribute, other names"
    )


def _is_open(value: Any) -> bool:
    return isinstance(value, list | dict) or (
        isinstance(value, tuple) and any(_is_open(item) for item in value)
    )


def _places(item: Any) -> Iterator[tuple[Any, str]]:
    """Yield (holder, path) of each place where something is held now, the newest last."""
    known = {key: (by(), back) for key, (by, back) in item._holders.items()}
    for key, holder in list(_open.items()):
        if key not in known or known[key][0] is not holder:
            value = vars(holder).get(key[1])
            yield from ((holder, path) for path, x in leaves(value, key[1]) if x is item)
    for (_, attribute), (holder, points_back) in known.items():
        value = None if holder is None or points_back else vars(holder).get(attribute)
        if value is item:
            yield holder, attribute
        elif value is not None:
            yield from ((holder, path) for path, x in leaves(value, attribute) if x is item)


def _paths(item: Any, below: tuple[Any, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Yield (outermost module, path) for each way down to something."""
    below = (*below, item)
    for holder, own in _places(item):
        if all(holder is not other for other in below):
            above = list(_paths(holder, below))
            if above:
                yield from ((root, f"{path}.{own}") for root, path in above)
            else:
                yield holder, own


def _is_in(item: Any, outer: Any, below: tuple[Any, ...] = ()) -> bool:
    """Whether something is, or is held somewhere inside of, a module."""
    if item is outer:
        return True
    below = (*below, item)
    return any(
        _is_in(holder, outer, below)
        for holder, _ in _places(item)
        if all(holder is not other for other in below)
    )
