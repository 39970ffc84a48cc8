"""SGD: stochastic gradient descent."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, boolean, fraction, nonnegative, settings_in
from ...types import Array, Group, State
from ..base import Optimizer
from ..labels import group_title
from .arithmetic import descend, slot

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent with momentum and weight decay.

    .. math::
        g &\leftarrow g + \lambda w \\
        v &\leftarrow \mu v + g \\
        w &\leftarrow w - \eta v \quad (\text{Nesterov: } w - \eta (g + \mu v))

    Args:
        params: parameters, or dicts that define groups.
        lr: learning rate, eta.
        momentum: mu; with 0, no v is stored.
        nesterov: use Nesterov momentum.
        weight_decay: lambda.

    Raises:
        KeyError, TypeError, ValueError: if a group or a hyperparameter is invalid.

    At lr 0 a parameter keeps its exact bits, but v is still updated: once the lr is restored, the
    parameter jumps.

    >>> from fineopt import Parameter, Tensor
    >>> a, b = Parameter([1.0]), Parameter([1.0])
    >>> optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 0.01}], lr=0.5)
    >>> a.grad = b.grad = Tensor([1.0])
    >>> _ = optimizer.step()
    >>> a, b
    (Tensor([0.5], device=cpu:0), Tensor([0.99], device=cpu:0))

    Source: MegEngine's SGD (there ``nesterov`` applies to all groups); Sutskever et al. 2013, *On
    the importance of initialization and momentum in deep learning*, except that v is not scaled by
    the learning rate. PyTorch uses the same rule.
    """

    checks: ClassVar[dict[str, Check]] = {
        "lr": nonnegative,
        "momentum": fraction,
        "nesterov": boolean,
        "weight_decay": nonnegative,
    }
    slots = ("momentum_buffer",)

    def __init__(
        self,
        params: Any,
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, **settings_in(locals(), self.checks))

    def _check_new(self, index: int, group: Group) -> None:
        if group["nesterov"] and not group["momentum"]:
            raise ValueError(f"{group_title(index, group)}: nesterov needs a momentum above 0")

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place by the formulas of the class."""
        mu, decay, tmp = group["momentum"], group["weight_decay"], self.scratch(w)
        if decay:
            g = g + decay * w  # g = g + λ w
        if mu:
            v = slot(state, "momentum_buffer", w)
            v *= mu  # v = μ v + g
            v += g
            g = np.add(g, np.multiply(v, mu, out=tmp), out=tmp) if group["nesterov"] else v
        descend(w, group["lr"], g, tmp)  # w = w - η v
