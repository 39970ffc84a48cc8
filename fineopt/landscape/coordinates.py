"""The two coordinates of a landscape: their optimizers, and checks of one value for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..checks import Check, plain, validate
from ..core.parameter import Parameter
from ..errors import BadKeyError, suggestion
from ..optimizer import MultipleOptimizer, Optimizer
from ..optimizer.registry import lookup

__all__ = ["COORDINATES", "make_optimizer", "per_coordinate"]

COORDINATES = ("x", "y")


def make_optimizer(
    parameters: Sequence[Parameter],
    names: Sequence[str],
    lrs: Sequence[float],
    settings: dict[str, Any],
) -> Optimizer | MultipleOptimizer:
    """Return an optimizer of two groups, or a MultipleOptimizer if their classes differ.

    Args:
        parameters: x and y.
        names: the registered names of their optimizers.
        lrs: their learning rates.
        settings: other hyperparameters, for each coordinate whose optimizer has them.

    Raises:
        KeyError, TypeError, ValueError: if a hyperparameter is unknown or invalid.
    """
    chosen = [lookup(name) for name in names]
    known = {key: None for info in chosen for key in info.optimizer.checks if key != "lr"}
    for key in settings:
        if key not in known:
            owners = " and ".join(names)
            raise BadKeyError(f"{owners} have no setting {key!r}; {suggestion(key, known)}")
    groups = []
    for p, info, lr in zip(parameters, chosen, lrs, strict=True):
        own = {key: value for key, value in settings.items() if key in info.optimizer.checks}
        groups.append({"params": [p], "name": p.name, "lr": lr, **info.settings, **own})
    first, second = (info.optimizer for info in chosen)
    if first is second:
        return first(groups, lr=lrs[0])
    return MultipleOptimizer(first([groups[0]], lr=lrs[0]), second([groups[1]], lr=lrs[1]))


def per_coordinate(values: Any, argument: str, what: str, check: Check) -> list[Any]:
    """Return the values of x and y, validated.

    Args:
        values: the pair.
        argument: the name of the argument, for the error message if it is not a pair.
        what: the name of one value, for the error message if a value is invalid.
        check: the check of each value.

    Raises:
        KeyError, TypeError, ValueError: naming the argument, or the value and its coordinate.

    >>> per_coordinate((0.1, "0.2"), "lrs", "lr", lambda lr: None)
    [0.1, '0.2']
    >>> per_coordinate(0.1, "lrs", "lr", lambda lr: None)
    Traceback (most recent call last):
        ...
    ValueError: lrs must be a pair, for x and y, not 0.1
    """
    if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != 2:
        raise ValueError(f"{argument} must be a pair, for x and y, not {values!r}")
    pair = [plain(value) for value in values]
    for coordinate, value in zip(COORDINATES, pair, strict=True):
        validate(value, check, f"{what} of {coordinate}")
    return pair
