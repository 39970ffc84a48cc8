"""Adadelta: steps in the units of the parameter."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, nonnegative, proportion, settings_in
from ...types import Array, Group, State
from ..base import Optimizer
from .arithmetic import TINY, average_square, descend, slot

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    r"""Adadelta: the gradient, scaled by the RMS of past steps over the RMS of past gradients.

    .. math::
        g &\leftarrow g + \lambda w \\
        s &\leftarrow \rho s + (1 - \rho) g^2 \\
        d &\leftarrow \frac{\sqrt{u + \epsilon}}{\sqrt{s + \epsilon}}\, g \\
        w &\leftarrow w - \eta d \\
        u &\leftarrow \rho u + (1 - \rho) d^2

    Args:
        params: parameters, or dicts that define groups.
        lr: learning rate, eta: a factor of the step size that the rule finds.
        rho: decay rate of s and u.
        eps: epsilon, which also determines how small the first steps are.
        weight_decay: lambda.

    Raises:
        KeyError, TypeError, ValueError: if a group or a hyperparameter is invalid.

    At lr 0 a parameter keeps its exact bits, but s and u are still updated, u as if it had moved.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0])
    >>> p.grad = Tensor([3.0])
    >>> _ = Adadelta([p], eps=1e-2).step()
    >>> p
    Tensor([0.6855], device=cpu:0)

    Source: MegEngine's Adadelta; Zeiler 2012, *ADADELTA: An Adaptive Learning Rate Method*,
    algorithm 1. PyTorch uses the same rule.
    """

    checks: ClassVar[dict[str, Check]] = {
        "lr": nonnegative,
        "rho": proportion,
        "eps": nonnegative,
        "weight_decay": nonnegative,
    }
    slots = always = squares = ("square_avg", "acc_delta")

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, **settings_in(locals(), self.checks))

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place by the formulas of the class."""
        rho, eps = group["rho"], max(group["eps"], TINY)
        s, u = slot(state, "square_avg", w), slot(state, "acc_delta", w)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + λ w
        average_square(s, g, rho, self.scratch(w))  # s = ρ s + (1 - ρ) g²
        d = np.divide(u + eps, s + eps, out=np.empty_like(w))
        np.sqrt(d, out=d)
        d *= g  # d = √(u + ε) / √(s + ε) g
        descend(w, group["lr"], d, self.scratch(w))  # w = w - η d
        average_square(u, d, rho, self.scratch(w))  # u = ρ u + (1 - ρ) d²
