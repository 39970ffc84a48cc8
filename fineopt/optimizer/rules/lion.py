"""Lion: every weight moves by the same amount, up or down."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, fractions, nonnegative
from ...types import Array, Group, State
from ..base import Optimizer, descend, slot

__all__ = ["Lion"]


class Lion(Optimizer):
    r"""Lion: the sign of a blend of momentum and gradient.

    .. math::
        d &\leftarrow \operatorname{sign}(\beta_1 m + (1 - \beta_1) g) + \lambda w \\
        w &\leftarrow w - \eta d \\
        m &\leftarrow \beta_2 m + (1 - \beta_2) g

    Args:
        params: parameters, or dicts, one a group.
        lr: learning rate, eta: how far each weight goes in a step. Take a third to a tenth of what
            is good for AdamW.
        betas: how much of m goes into the step, and how much of it is kept.
        weight_decay: lambda, apart from the gradient; take three to ten times AdamW's.

    Raises:
        KeyError, TypeError, ValueError: for a group or a setting that can't be.

    At lr 0 a parameter stands still to the last bit, but m goes on.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0, 1.0])
    >>> p.grad = Tensor([100.0, -0.01, 0.0])
    >>> _ = Lion([p], lr=0.1).step()
    >>> p
    Tensor([0.9 1.1 1. ], device=cpu:0)

    Source: Chen et al. 2023, *Symbolic Discovery of Optimization Algorithms*, program 1. MegEngine
    and PyTorch have none.
    """

    checks: ClassVar[dict[str, Check]] = {
        "lr": nonnegative,
        "betas": fractions,
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
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay)

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """See the class for the formulas."""
        beta1, beta2 = group["betas"]
        m, d = slot(state, "exp_avg", w), self.scratch(w)
        np.multiply(m, beta1 / (1 - beta1), out=d)  # d = sign(β1 m + (1 - β1) g), which is the
        np.sign(np.add(d, g, out=d), out=d)  # sign of that divided by 1 - β1: no second array
        if group["weight_decay"]:
            d += group["weight_decay"] * w  # d = d + λ w
        descend(w, group["lr"], d, d)  # w = w - η d
        m *= beta2  # m = β2 m + (1 - β2) g
        m += np.multiply(g, 1 - beta2, out=d)
