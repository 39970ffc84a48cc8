"""Adagrad: what has moved much moves less."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, nonnegative
from ...types import Array, Group, State
from ..base import TINY, Optimizer, descend, slot

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    r"""Adagrad: each gradient divided by the root of the sum of all squares so far.

    .. math::
        g &\leftarrow g + \lambda w \\
        s &\leftarrow s + g^2 \\
        w &\leftarrow w - \frac{\eta}{1 + (t - 1) \delta} \frac{g}{\sqrt{s + \epsilon}}

    Args:
        params: parameters, or dicts, one a group.
        lr: learning rate, eta.
        lr_decay: delta, by which eta falls from step to step, without being changed itself.
        eps: epsilon, which keeps small gradients from being blown up.
        weight_decay: lambda.

    Raises:
        KeyError, TypeError, ValueError: for a group or a setting that can't be.

    At lr 0 a parameter stands still to the last bit, but s and its step count t go on: given its
    lr back, it moves less than before, for good.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0])
    >>> optimizer = Adagrad([p], lr=0.1)
    >>> for _ in range(2):
    ...     p.grad = Tensor([3.0])
    ...     _ = optimizer.step()
    >>> p
    Tensor([0.8293], device=cpu:0)

    Source: MegEngine's Adagrad; Duchi et al. 2011, *Adaptive Subgradient Methods for Online
    Learning and Stochastic Optimization*. PyTorch adds epsilon after the root, not before.
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
        super().__init__(params, lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay)

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """See the class for the formulas."""
        s, d = slot(state, "square_avg", w), self.scratch(w)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + λ w
        s += np.multiply(g, g, out=d)  # s = s + g²
        np.sqrt(np.add(s, max(group["eps"], TINY), out=d), out=d)
        np.divide(g, d, out=d)  # d = g / √(s + ε)
        lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        descend(w, lr, d, d)  # w = w - η / (1 + (t - 1) δ) d
