"""What moves a coordinate: the optimizers by name, made for x and y; and checks that name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import optimizer as optim
from ..checks import plain
from ..core.parameter import Parameter
from ..errors import BadKeyError, suggestion
from ..optimizer import MultipleOptimizer, Optimizer

__all__ = ["COORDINATES", "RULES", "check_rule", "checked", "make_optimizer", "pair"]

COORDINATES = ("x", "y")

# What a coordinate may be moved by: an optimizer, and settings that differ from its own.
RULES: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "SGD": (optim.SGD, {}),
    "Momentum": (optim.SGD, {"momentum": 0.9}),
    "Nesterov": (optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "Adagrad": (optim.Adagrad, {}),
    "RMSprop": (optim.RMSprop, {}),
    "Adadelta": (optim.Adadelta, {}),
    "Adam": (optim.Adam, {}),
    "AdamW": (optim.AdamW, {}),
    "Lion": (optim.Lion, {}),
}


def make_optimizer(
    parameters: Sequence[Parameter],
    rules: Sequence[str],
    lrs: Sequence[float],
    hyper: dict[str, Any],
) -> Optimizer | MultipleOptimizer:
    """Make one optimizer of two groups, or two as one where their classes differ.

    Raises:
        KeyError, TypeError, ValueError: for hyperparameters that can't be.
    """
    kinds = [RULES[rule][0] for rule in rules]
    known = {key: None for kind in kinds for key in kind.checks if key != "lr"}
    for key in hyper:
        if key not in known:
            raise BadKeyError(f"{' and '.join(rules)} know no {key!r}, {suggestion(key, known)}")
    groups = []
    for p, rule, lr in zip(parameters, rules, lrs, strict=True):
        kind, own = RULES[rule]
        given = {key: value for key, value in hyper.items() if key in kind.checks}
        groups.append({"params": [p], "name": p.name, "lr": lr, **own, **given})
    if kinds[0] is kinds[1]:
        return kinds[0](groups, lr=lrs[0])
    return MultipleOptimizer(
        *(kind([g], lr=lr) for kind, g, lr in zip(kinds, groups, lrs, strict=True))
    )


def check_rule(rule: Any) -> None:
    """One of RULES."""
    if not isinstance(rule, str) or rule not in RULES:
        raise BadKeyError(f"can't be {rule!r}, {suggestion(rule, RULES)}")


def pair(values: Any, what: str, check: Callable[[Any], None]) -> list[Any]:
    """Return one value for x and one for y, each checked.

    >>> pair((0.1, "0.2"), "lrs", lambda lr: None)
    [0.1, '0.2']
    >>> pair(0.1, "lrs", lambda lr: None)
    Traceback (most recent call last):
    ValueError: lrs must be two, for x and for y, not 0.1
    """
    if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != 2:
        raise ValueError(f"{what} must be two, for x and for y, not {values!r}")
    two = [plain(value) for value in values]
    for coordinate, value in zip(COORDINATES, two, strict=True):
        checked(check, value, f"{what}: that of {coordinate}")
    return two


def checked(check: Callable[[Any], None], value: Any, what: str) -> None:
    """Raise what a check raises, in a sentence that begins with what it was about."""
    try:
        check(value)
    except (KeyError, TypeError, ValueError) as wrong:
        raise type(wrong)(f"{what} {wrong}") from None
