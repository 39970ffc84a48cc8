"""What of a run in MegEngine cannot be restored, by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...language import say

__all__ = ["limits", "streams_of"]


def limits(engine: Any) -> list[str]:
    """Return what of a run cannot be restored exactly.

    Args:
        engine: a `fineopt.bridge.megengine.engine.MegEngine`.
    """
    found = [
        say(
            "MegEngine gives no access to the state of its random number generator: dropout and "
            "megengine.random go on from where they are"
        )
    ]
    loader = engine.loader
    if loader is None:
        found.append(
            say(
                "no data loader was given, so the order of the data is not restored: give it to "
                "watch() as loader="
            )
        )
    elif not callable(getattr(loader, "state_dict", None)):
        name = type(loader).__name__
        found.append(
            say(
                "the data loader, a {name}, has no state_dict, so the order of the data within a "
                "loop over it is not restored",
                name=name,
            )
            if streams_of(loader)
            else say(
                "the data loader, a {name}, has no state_dict, so the order of the data is not "
                "restored",
                name=name,
            )
        )
    known = {id(getattr(schedule, "optimizer", None)) for schedule in engine.schedulers}
    for opt in engine.optimizers:
        if id(opt) not in known and any("initial_lr" in group for group in opt.param_groups):
            found.append(
                say(
                    "a scheduler governs the {name} that was not given to watch(), so it is not "
                    "restored: give it as schedulers=",
                    name=type(opt).__name__,
                )
            )
    return found


def streams_of(loader: Any) -> list[np.random.RandomState]:
    """Return the random generators of a loader's samplers, which MegEngine takes from NumPy."""
    found, sampler = [], getattr(loader, "sampler", None)
    while sampler is not None:
        if isinstance(rng := getattr(sampler, "rng", None), np.random.RandomState):
            found.append(rng)
        sampler = getattr(sampler, "sampler", None)
    return found
