"""Names of a MegEngine network's parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["named_parameters", "names_of"]


def names_of(net: Any) -> dict[int, list[str]]:
    """Return all names of each parameter, by its id, in MegEngine's order; tied ones have several.

    ``net.named_parameters()`` gives the first of them.
    """
    names: dict[int, list[str]] = {}
    for name, p in named_parameters(net):
        names.setdefault(id(p), []).append(name)
    return names


def named_parameters(
    module: Any, prefix: str = "", above: tuple[int, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """Yield (name, parameter), shared ones under each name."""
    import megengine
    from megengine.module import Module

    for attribute in sorted(vars(module)):
        for path, item in _leaves(attribute, vars(module)[attribute]):
            if isinstance(item, megengine.Parameter):
                yield prefix + path, item
            elif isinstance(item, Module) and id(item) not in (*above, id(module)):
                yield from named_parameters(item, f"{prefix}{path}.", (*above, id(module)))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is in lists, tuples and dicts, as MegEngine finds it there."""
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from _leaves(f"{path}.{key}", value[key])
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _leaves(f"{path}.{i}", item)
    else:
        yield path, value
