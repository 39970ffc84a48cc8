"""PyTorch's random generators, and those of a loader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from .values import live, stored

__all__ = ["generators", "set_generators"]


def generators(loader: Any = None) -> dict[str, Any]:
    """Return the states of the generators of the CPU, of all GPUs in use, and of a loader."""
    cuda = torch.cuda.is_available() and torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    found: dict[str, Any] = stored(
        {
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if cuda else [],
            "loader": [generator.get_state() for generator in _own(loader)],
        }
    )
    return found


def set_generators(states: Mapping[str, Any], loader: Any = None) -> None:
    """Restore what `generators` returned."""
    torch.set_rng_state(live(states["torch"]))
    if states["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(live(states["cuda"]))
    for generator, state in zip(_own(loader), states["loader"], strict=False):
        generator.set_state(live(state))


def _own(loader: Any) -> list[torch.Generator]:
    """Return the generators that a loader and its samplers were given, each once."""
    found: dict[int, torch.Generator] = {}
    ahead = [loader]
    while ahead:
        thing = ahead.pop()
        generator = getattr(thing, "generator", None)
        if isinstance(generator, torch.Generator):
            found[id(generator)] = generator
        inner = (getattr(thing, name, None) for name in ("sampler", "batch_sampler"))
        ahead += [one for one in inner if one is not None and one is not thing]
    return list(found.values())
