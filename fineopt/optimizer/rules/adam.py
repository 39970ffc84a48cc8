"""Adam and AdamW: steps of about the learning rate, whatever the scale of the gradients."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar

import numpy as np

from ...checks import Check, nonnegative, pair_of_fractions, settings_in
from ...types import Array, Group, State
from ..base import Optimizer
from .arithmetic import TINY, average, average_square, descend, slot

__all__ = ["Adam", "AdamW"]

CHECKS: dict[str, Check] = {
    "lr": nonnegative,
    "betas": pair_of_fractions,
    "eps": nonnegative,
    "weight_decay": nonnegative,
}


class Adam(Optimizer):
    r"""Adam: the running average of the gradient over the root of that of its square.

    .. math::
        g &\leftarrow g + \lambda w \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        w &\leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Args:
        params: parameters, or dicts that define groups.
        lr: learning rate, eta: roughly the distance that a parameter moves per step.
        betas: decay rates of m and v.
        eps: epsilon, which keeps small gradients from being amplified.
        weight_decay: lambda, added to the gradient. :class:`AdamW` decouples it.

    Raises:
        KeyError, TypeError, ValueError: if a group or a hyperparameter is invalid.

    At lr 0 a parameter keeps its exact bits, but m, v and its step count t are still updated.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0])
    >>> p.grad = Tensor([100.0, -0.01])
    >>> _ = Adam([p], lr=0.1).step()
    >>> p
    Tensor([0.9 1.1], device=cpu:0)

    Source: MegEngine's Adam; Kingma and Ba 2015, *Adam: A Method for Stochastic Optimization*,
    algorithm 1. PyTorch uses the same rule, with a default ``lr`` of 0.001.
    """

    checks: ClassVar[dict[str, Check]] = CHECKS
    slots = always = ("exp_avg", "exp_avg_sq")
    squares = ("exp_avg_sq",)

    def __init__(
        self,
        params: Any,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, **settings_in(locals(), self.checks))

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place by the formulas of the class."""
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + λ w
        d = adam_direction(g, group, state, self.scratch(w))
        descend(w, group["lr"], d, d)  # w = w - η d


class AdamW(Optimizer):
    r"""Adam with decoupled weight decay, which does not enter the running averages.

    .. math::
        w \leftarrow w - \eta \left(\frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} +
        \epsilon} + \lambda w\right)

    with m and v as in :class:`Adam`.

    Args:
        params: parameters, or dicts that define groups.
        lr: learning rate, eta.
        betas: decay rates of m and v.
        eps: epsilon.
        weight_decay: lambda; the weights shrink by the factor 1 - eta lambda per step.

    Raises:
        KeyError, TypeError, ValueError: if a group or a hyperparameter is invalid.

    At lr 0 a parameter keeps its exact bits and does not decay, but m, v and its step count t are
    still updated.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0])
    >>> p.grad = Tensor([100.0, 0.0])
    >>> _ = AdamW([p], lr=0.1, weight_decay=0.5).step()
    >>> p
    Tensor([0.85 0.95], device=cpu:0)

    Source: MegEngine's AdamW; Loshchilov and Hutter 2019, *Decoupled Weight Decay Regularization*,
    algorithm 2, except that eta scales the decay too, as in PyTorch. PyTorch applies the decay
    before the step, which is the same up to rounding.
    """

    checks: ClassVar[dict[str, Check]] = CHECKS
    slots = always = ("exp_avg", "exp_avg_sq")
    squares = ("exp_avg_sq",)

    def __init__(
        self,
        params: Any,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, **settings_in(locals(), self.checks))

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place by the formulas of the class."""
        d = adam_direction(g, group, state, self.scratch(w))
        if group["weight_decay"]:
            d += group["weight_decay"] * w  # d = d + λ w
        descend(w, group["lr"], d, d)  # w = w - η d


def adam_direction(g: Array, group: Group, state: State, d: Array) -> Array:
    """Update m and v, and return in d the direction of Adam's step, for a learning rate of 1."""
    (beta1, beta2), t = group["betas"], state["step"]
    m, v = slot(state, "exp_avg", d), slot(state, "exp_avg_sq", d)
    average(m, g, beta1, d)  # m = β1 m + (1 - β1) g
    average_square(v, g, beta2, d)  # v = β2 v + (1 - β2) g²
    np.sqrt(v, out=d)  # d = (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + ε), expanded by (1 - β1^t)
    d *= (1 - beta1**t) / sqrt(1 - beta2**t)
    d += max((1 - beta1**t) * group["eps"], TINY)
    return np.divide(m, d, out=d)
