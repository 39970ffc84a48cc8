"""Names of a PyTorch network's parameters, and modules that it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

__all__ = ["hidden_in", "names_of"]


def names_of(net: nn.Module) -> dict[int, list[str]]:
    """Return all names of each parameter, by its id, in order of definition."""
    names: dict[int, list[str]] = {}
    for name, p in net.named_parameters(remove_duplicate=False):
        names.setdefault(id(p), []).append(name)
    return names


def hidden_in(net: nn.Module) -> Iterator[str]:
    """Yield where modules lie in plain lists, tuples or dicts, which PyTorch ignores."""
    known = {id(p) for p in net.parameters()}
    for path, module in net.named_modules():
        for attribute, value in vars(module).items():
            if attribute.startswith("_"):
                continue
            for inner, item in _leaves(value, f"{path}.{attribute}" if path else attribute):
                own = item.parameters() if isinstance(item, nn.Module) else [item]
                if any(id(p) not in known for p in own):
                    yield inner


def _leaves(value: Any, path: str, depth: int = 4) -> Iterator[tuple[str, Any]]:
    if isinstance(value, nn.Module | nn.Parameter):
        yield path, value
    elif depth and isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}[{i}]", depth - 1)
    elif depth and isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}[{key!r}]", depth - 1)
