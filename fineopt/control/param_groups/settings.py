"""The settings of a param group: its hyperparameters other than the learning rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...checks import boolean, nonnegative

__all__ = ["check_like", "settings_of"]

# Keys that are not settings: those with a place of their own, and how PyTorch computes.
NOT_SETTINGS = {"params", "param_names", "name", "lr", "initial_lr", "scheduled_lr"}
NOT_SETTINGS |= {"foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}


def settings_of(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters whose value is a number, a sequence of numbers or a bool."""
    return {
        key: value
        for key, value in group.items()
        if key not in NOT_SETTINGS and isinstance(value, bool | int | float | tuple | list)
    }


def check_like(old: Any) -> Callable[[Any], None]:
    """Return a check for an optimizer without its own: the value must be of the same kind."""
    if isinstance(old, bool):
        return boolean
    return _check_each if isinstance(old, tuple | list) else nonnegative


def _check_each(value: Any) -> None:
    for part in value:
        nonnegative(part)
