"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, boolean, fraction, nonnegative
from ...types import Array, Group, State
from ..base import Optimizer, descend, slot
from ..labels import group_title

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent, with momentum and weight decay.

    .. math::
        g &\leftarrow g + \lambda w \\
        v &\leftarrow \mu v + g \\
        w &\leftarrow w - \eta v \quad (\text{Nesterov: } w - \eta (g + \mu v))

    Args:
        params: parameters, or dicts, one a group.
        lr: learning rate, eta.
        momentum: mu; 0 keeps no v.
        nesterov: look one step of v ahead.
        weight_decay: lambda.

    Raises:
        KeyError, TypeError, ValueError: for a group or a setting that can't be.

    At lr 0 a parameter stands still to the last bit, but v goes on: given its lr back, the
    parameter leaps.

    >>> from fineopt import Parameter, Tensor
    >>> a, b = Parameter([1.0]), Parameter([1.0])
    >>> optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 0.01}], lr=0.5)
    >>> a.grad = b.grad = Tensor([1.0])
    >>> _ = optimizer.step()
    >>> a, b
    (Tensor([0.5], device=cpu:0), Tensor([0.99], device=cpu:0))

    Source: MegEngine's SGD (there ``nesterov`` is one for all groups); Sutskever et al. 2013, *On
    the importance of initialization and momentum in deep learning*, but v is not scaled by the
    learning rate. PyTorch's rule is the same.
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
        super().__init__(
            params, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay
        )

    def _check_new(self, index: int, group: Group) -> None:
        if group["nesterov"] and not group["momentum"]:
            raise ValueError(f"{group_title(index, group)}: nesterov needs a momentum above 0")

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """See the class for the formulas."""
        mu, decay, tmp = group["momentum"], group["weight_decay"], self.scratch(w)
        if decay:
            g = g + decay * w  # g = g + λ w
        if mu:
            v = slot(state, "momentum_buffer", w)
            v *= mu  # v = μ v + g
            v += g
            g = np.add(g, np.multiply(v, mu, out=tmp), out=tmp) if group["nesterov"] else v
        descend(w, group["lr"], g, tmp)  # w = w - η v
