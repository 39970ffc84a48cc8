"""Adagrad: the more a weight has moved, the smaller its steps."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, nonnegative, settings_in
from ...types import Array, Group, State
from ..base import Optimizer
from .arithmetic import TINY, descend, slot

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    r"""Adagrad: the gradient over the root of the sum of all squared gradients so far.

    .. math::
        g &\leftarrow g + \lambda w \\
        s &\leftarrow s + g^2 \\
        w &\leftarrow w - \frac{\eta}{1 + (t - 1) \delta} \frac{g}{\sqrt{s + \epsilon}}

    Args:
        params: parameters, or dicts that define groups.
        lr: learning rate, eta.
        lr_decay: delta, which decays the effective learning rate and leaves ``lr`` unchanged.
        eps: epsilon, which keeps small gradients from being amplified.
        weight_decay: lambda.

    Raises:
        KeyError, TypeError, ValueError: if a group or a hyperparameter is invalid.

    At lr 0 a parameter keeps its exact bits, but s and its step count t are still updated: once the
    lr is restored, its steps are smaller than before, for good.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0])
    >>> optimizer = Adagrad([p], lr=0.1)
    >>> for _ in range(2):
    ...     p.grad = Tensor([3.0])
    ...     _ = optimizer.step()
    >>> p
    Tensor([0.8293], device=cpu:0)

    Source: MegEngine's Adagrad; Duchi et al. 2011, *Adaptive Subgradient Methods for Online
    Learning and Stochastic Optimization*. PyTorch adds epsilon after the root instead of before.
    """

    checks: ClassVar[dict[str, Check]] = {
        "lr": nonnegative,
        "lr_decay": nonnegative,
        "eps": nonnegative,
        "weight_decay": nonnegative,
    }
    slots = always = squares = ("square_avg",)

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, **settings_in(locals(), self.checks))

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place by the formulas of the class."""
        s, d = slot(state, "square_avg", w), self.scratch(w)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + λ w
        s += np.multiply(g, g, out=d)  # s = s + g²
        np.sqrt(np.add(s, max(group["eps"], TINY), out=d), out=d)
        np.divide(g, d, out=d)  # d = g / √(s + ε)
        lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        descend(w, lr, d, d)  # w = w - η / (1 + (t - 1) δ) d
