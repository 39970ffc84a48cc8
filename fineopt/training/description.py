"""What a run is made of, so that a state of another run can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..optimizer.schedules.base import LRScheduler

__all__ = ["description", "differences"]


def description(engine: Mapping[str, Any], schedule: LRScheduler | None) -> dict[str, Any]:
    """Describe a run by the engine's state at its start: names, shapes, optimizers and groups."""

    def shapes(arrays: Mapping[str, Any]) -> dict[str, Any]:
        return {name: f"{list(x.shape)} of {x.dtype}" for name, x in arrays.items()}

    return {
        "parameters": shapes(engine["parameters"]),
        "buffers": shapes(engine["buffers"]),
        "optimizers": [
            f"{one['class']} with "
            + ", then ".join(" ".join(group["params"]) or "nothing" for group in one["groups"])
            for one in engine["groups"]
        ],
        "schedule": None if schedule is None else type(schedule).__name__,
    }


def differences(saved: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Describe how a saved description differs from the one here."""
    found = []
    for what in ("parameters", "buffers"):
        theirs, ours = saved[what], here[what]
        if not isinstance(theirs, Mapping):
            raise ValueError(f"its {what} are {theirs!r}")
        for name in dict.fromkeys([*theirs, *ours]):
            if theirs.get(name) != ours.get(name):
                a, b = theirs.get(name, "absent"), ours.get(name, "absent")
                found.append(f"{name} is {a} there and {b} here")
    if found:
        return [f"its network is another one: {'; '.join(found[:6])}"]
    if saved["optimizers"] != here["optimizers"]:
        there, ours = "; ".join(saved["optimizers"]), "; ".join(here["optimizers"])
        found.append(f"it began with another optimizer: {there} there, {ours} here")
    if saved["schedule"] != here["schedule"]:
        found.append(
            f"it began with another schedule: {saved['schedule']} there, {here['schedule']} here"
        )
    return found
