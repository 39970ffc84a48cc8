"""Lion: every weight moves by the same amount, up or down."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, nonnegative, pair_of_fractions, settings_in
from ...types import Array, Group, State
from ..base import Optimizer
from .arithmetic import average, descend, slot

__all__ = ["Lion"]


class Lion(Optimizer):
    r"""Lion: the sign of an interpolation between momentum and gradient.

    .. math::
        d &\leftarrow \operatorname{sign}(\beta_1 m + (1 - \beta_1) g) + \lambda w \\
        w &\leftarrow w - \eta d \\
        m &\leftarrow \beta_2 m + (1 - \beta_2) g

    Args:
        params: parameters, or dicts that define groups.
        lr: learning rate, eta: the distance that each weight moves per step. Use a third to a tenth
            of a good one for AdamW.
        betas: weight of m in the step, and decay rate of m.
        weight_decay: lambda, decoupled from the gradient; use three to ten times AdamW's.

    Raises:
        KeyError, TypeError, ValueError: if a group or a hyperparameter is invalid.

    At lr 0 a parameter keeps its exact bits, but m is still updated.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0, 1.0])
    >>> p.grad = Tensor([100.0, -0.01, 0.0])
    >>> _ = Lion([p], lr=0.1).step()
    >>> p
    Tensor([0.9 1.1 1. ], device=cpu:0)

    Source: Chen et al. 2023, *Symbolic Discovery of Optimization Algorithms*, program 1. Neither
    MegEngine nor PyTorch provides it.
    """

    checks: ClassVar[dict[str, Check]] = {
        "lr": nonnegative,
        "betas": pair_of_fractions,
        "weight_decay": nonnegative,
    }
    slots = always = ("exp_avg",)

    def __init__(
        self,
        params: Any,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, **settings_in(locals(), self.checks))

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place by the formulas of the class."""
        beta1, beta2 = group["betas"]
        m, d = slot(state, "exp_avg", w), self.scratch(w)
        np.multiply(m, beta1 / (1 - beta1), out=d)  # d = sign(β1 m + (1 - β1) g), computed as the
        np.sign(np.add(d, g, out=d), out=d)  # sign of it over 1 - β1: this saves a second array
        if group["weight_decay"]:
            d += group["weight_decay"] * w  # d = d + λ w
        descend(w, group["lr"], d, d)  # w = w - η d
        average(m, g, beta2, d)  # m = β2 m + (1 - β2) g
