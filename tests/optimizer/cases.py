"""Optimizers on two groups, each with its own lr and weight decay, and parameters for them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fineopt import Parameter, Tensor, optimizer
from fineopt.optimizer import Optimizer

from .rules import reference


class Case(NamedTuple):
    optimizer: str
    settings: dict[str, Any]
    second: dict[str, Any]  # what the second group sets itself
    in_torch: bool = True  # whether PyTorch has the same rule

    @property
    def kind(self) -> type[Optimizer]:
        return getattr(optimizer, self.optimizer)

    @property
    def rule(self) -> Any:
        return getattr(reference, self.optimizer.lower())

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [self.settings, self.settings | self.second]


OWN = {"lr": 0.01, "weight_decay": 0.1}
CASES = {
    "sgd": Case("SGD", {"lr": 0.05}, OWN),
    "momentum": Case("SGD", {"lr": 0.05, "momentum": 0.9}, OWN | {"momentum": 0.5}),
    "nesterov": Case("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}, OWN),
    "nesterov_in_one": Case("SGD", {"lr": 0.05, "momentum": 0.9}, OWN | {"nesterov": True}),
    "adam": Case("Adam", {"lr": 0.02}, OWN),
    "adam_betas": Case("Adam", {"lr": 0.02, "eps": 0.1}, OWN | {"betas": (0.5, 0.7)}),
    "adamw": Case("AdamW", {"lr": 0.02}, OWN),
    "adagrad": Case("Adagrad", {}, OWN | {"eps": 0.1}, in_torch=False),
    "adagrad_decay": Case("Adagrad", {"lr_decay": 0.1, "eps": 0.0}, OWN),
    "adadelta": Case("Adadelta", {}, OWN | {"rho": 0.5, "eps": 0.01}),
    "rmsprop": Case("RMSprop", {}, OWN | {"alpha": 0.9, "eps": 0.01}),
    "rmsprop_momentum": Case("RMSprop", {"momentum": 0.9}, OWN | {"momentum": 0.0}),
    "rmsprop_centered": Case("RMSprop", {"centered": True, "eps": 1e-3}, OWN | {"momentum": 0.5}),
    "lion": Case("Lion", {}, OWN | {"betas": (0.5, 0.9)}, in_torch=False),
}

SHAPES = {"conv.bias": (3,), "conv.weight": (2, 3, 1, 2), "fc.bias": (), "fc.weight": (4, 2)}


def parameters(seed: int = 0, dtype: Any = np.float64) -> list[Parameter]:
    """Four named parameters: two called conv, two called fc."""
    random = np.random.RandomState(seed)
    made = [Parameter(random.standard_normal(shape), dtype) for shape in SHAPES.values()]
    for name, p in zip(SHAPES, made, strict=True):
        p.name = name
    return made


def gradients(step: int) -> list[np.ndarray]:
    random = np.random.RandomState(1000 + step)
    return [np.asarray(random.standard_normal(shape)) for shape in SHAPES.values()]


def set_gradients(params: list[Parameter], step: int) -> None:
    for p, g in zip(params, gradients(step), strict=True):
        p.grad = Tensor(g, p.dtype)


def two_groups(params: list[Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"params": params[:2]}, {"params": params[2:], **second}]


def make(case: Case, params: list[Parameter]) -> Optimizer:
    return case.kind(two_groups(params, case.second), **case.settings)


def values(params: list[Parameter]) -> list[np.ndarray]:
    return [p.numpy() for p in params]
