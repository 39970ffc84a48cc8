"""Adam and AdamW: steps of about one learning rate, whatever the size of the gradients."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar

import numpy as np

from ...checks import Check, fractions, nonnegative
from ...types import Array, Group, State
from ..base import TINY, Optimizer, descend, slot

__all__ = ["Adam", "AdamW"]

CHECKS: dict[str, Check] = {
    "lr": nonnegative,
    "betas": fractions,
    "eps": nonnegative,
    "weight_decay": nonnegative,
}


class Adam(Optimizer):
    r"""Adam: the gradient's running average, divided by the root of its square's.

    .. math::
        g &\leftarrow g + \lambda w \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        w &\leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Args:
        params: parameters, or dicts, one a group.
        lr: learning rate, eta: about how far a parameter goes in a step.
        betas: how much of m and of v is kept from step to step.
        eps: epsilon, which keeps small gradients from being blown up.
        weight_decay: lambda, as part of the gradient. :class:`AdamW` keeps it apart.

    Raises:
        KeyError, TypeError, ValueError: for a group or a setting that can't be.

    At lr 0 a parameter stands still to the last bit, but m, v and its step count t go on.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0])
    >>> p.grad = Tensor([100.0, -0.01])
    >>> _ = Adam([p], lr=0.1).step()
    >>> p
    Tensor([0.9 1.1], device=cpu:0)

    Source: MegEngine's Adam; Kingma and Ba 2015, *Adam: A Method for Stochastic Optimization*,
    algorithm 1. PyTorch's rule is the same, where ``lr`` is 0.001 if not given.
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
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """See the class for the formulas."""
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + λ w
        d = adam_direction(g, group, state, self.scratch(w))
        descend(w, group["lr"], d, d)  # w = w - η d


class AdamW(Optimizer):
    r"""Adam with weight decay apart from the gradient, so that its averages don't see it.

    .. math::
        w \leftarrow w - \eta \left(\frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} +
        \epsilon} + \lambda w\right)

    with m and v as in :class:`Adam`.

    Args:
        params: parameters, or dicts, one a group.
        lr: learning rate, eta.
        betas: how much of m and of v is kept from step to step.
        eps: epsilon.
        weight_decay: lambda; the weights shrink by eta lambda a step.

    Raises:
        KeyError, TypeError, ValueError: for a group or a setting that can't be.

    At lr 0 a parameter stands still to the last bit and does not decay either, but m, v and its
    step count t go on.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0])
    >>> p.grad = Tensor([100.0, 0.0])
    >>> _ = AdamW([p], lr=0.1, weight_decay=0.5).step()
    >>> p
    Tensor([0.85 0.95], device=cpu:0)

    Source: MegEngine's AdamW; Loshchilov and Hutter 2019, *Decoupled Weight Decay Regularization*,
    algorithm 2, but eta scales the decay too, as in PyTorch, which takes it off before the step:
    the same but for rounding.
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
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """See the class for the formulas."""
        d = adam_direction(g, group, state, self.scratch(w))
        if group["weight_decay"]:
            d += group["weight_decay"] * w  # d = d + λ w
        descend(w, group["lr"], d, d)  # w = w - η d


def adam_direction(g: Array, group: Group, state: State, d: Array) -> Array:
    """Advance m and v by one step, and return into d where Adam goes, for a learning rate of 1."""
    (beta1, beta2), t = group["betas"], state["step"]
    m, v = slot(state, "exp_avg", d), slot(state, "exp_avg_sq", d)
    m *= beta1  # m = β1 m + (1 - β1) g
    m += np.multiply(g, 1 - beta1, out=d)
    v *= beta2  # v = β2 v + (1 - β2) g²
    np.multiply(g, g, out=d)
    d *= 1 - beta2
    v += d
    np.sqrt(v, out=d)  # d = (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + ε), all times (1 - β1^t)
    d *= (1 - beta1**t) / sqrt(1 - beta2**t)
    d += max((1 - beta1**t) * group["eps"], TINY)
    return np.divide(m, d, out=d)
