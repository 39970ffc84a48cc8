"""The registry of optimizers: what can be chosen by name, in code and in panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..checks import validate
from ..errors import BadKeyError, suggestion
from ..language.saying import translatable
from .base import Optimizer
from .labels import find_group
from .multiple import AnyOptimizer
from .rules.adadelta import Adadelta
from .rules.adagrad import Adagrad
from .rules.adam import Adam, AdamW
from .rules.lion import Lion
from .rules.rmsprop import RMSprop
from .rules.sgd import SGD

__all__ = ["OPTIMIZERS", "OptimizerInfo", "lookup", "registered", "registered_name"]


@dataclass(frozen=True)
class OptimizerInfo:
    """An entry of the registry.

    Args:
        name: unique.
        optimizer: its class.
        lr: the usual learning rate to start with.
        description: what it does with a gradient, in one line.
        settings: the hyperparameters that differ from the defaults of the class.
        short_name: for narrow places, such as a legend; the name if empty.
    """

    name: str
    optimizer: type[Optimizer]
    lr: float
    description: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    short_name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "short_name", self.short_name or self.name)


_ENTRIES = (
    OptimizerInfo("SGD", SGD, 0.05, translatable("steps straight against the gradient")),
    OptimizerInfo(
        "SGD with momentum",
        SGD,
        0.01,
        translatable("keeps moving in the direction of past gradients"),
        {"momentum": 0.9},
        "Momentum",
    ),
    OptimizerInfo(
        "SGD with Nesterov momentum",
        SGD,
        0.01,
        translatable("momentum that looks one step ahead"),
        {"momentum": 0.9, "nesterov": True},
        "Nesterov",
    ),
    OptimizerInfo(
        "Adam", Adam, 0.001, translatable("steps of about the lr, whatever the gradient's scale")
    ),
    OptimizerInfo("AdamW", AdamW, 0.001, translatable("Adam with decoupled weight decay")),
    OptimizerInfo(
        "Adagrad", Adagrad, 0.01, translatable("steps that shrink as squared gradients accumulate")
    ),
    OptimizerInfo(
        "Adadelta", Adadelta, 1.0, translatable("finds its own step size; the lr only scales it")
    ),
    OptimizerInfo(
        "RMSprop", RMSprop, 0.001, translatable("divides by the RMS of recent gradients")
    ),
    OptimizerInfo("Lion", Lion, 0.0001, translatable("moves each weight by the lr, up or down")),
)

#: All registered optimizers by name. An entry added here can be chosen wherever these can.
OPTIMIZERS: dict[str, OptimizerInfo] = {info.name: info for info in _ENTRIES}


def lookup(name: str) -> OptimizerInfo:
    """Return the registered optimizer of a name or short name.

    Raises:
        KeyError: for an unknown name, with the closest known one.

    >>> lookup("Momentum").name, lookup("Adam").lr
    ('SGD with momentum', 0.001)
    >>> lookup("Adma")
    Traceback (most recent call last):
        ...
    fineopt.errors.BadKeyError: optimizer must be a registered name, not 'Adma'; did you mean 'Adam'?
    """  # noqa: E501 - a message
    validate(name, registered, "optimizer")
    return _known()[name]


def registered(name: Any) -> None:
    """Check for the name or short name of a registered optimizer."""
    known = _known()
    if not isinstance(name, str) or name not in known:
        raise BadKeyError(f"must be a registered name, not {name!r}; {suggestion(name, known)}")


def _known() -> dict[str, OptimizerInfo]:
    return {info.short_name: info for info in OPTIMIZERS.values()} | OPTIMIZERS


def registered_name(optimizer: AnyOptimizer, group: int | str) -> str:
    """Return the registered name of a group's optimizer, or the name of its class.

    Raises:
        IndexError, KeyError: if there is no such group.

    >>> from fineopt import Parameter
    >>> registered_name(SGD([Parameter([0.0])], lr=0.1, momentum=0.5), 0)
    'SGD with momentum'
    """
    own = type(optimizer.optimizer_of(group))
    live = optimizer.param_groups[find_group(optimizer.param_groups, group)]
    names = [
        info.name
        for info in sorted(OPTIMIZERS.values(), key=lambda info: -len(info.settings))
        if info.optimizer is own and all(live.get(key) for key in info.settings)
    ]
    return names[0] if names else own.__name__
