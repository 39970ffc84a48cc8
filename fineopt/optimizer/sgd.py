"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any, ClassVar

from ..ops import Array
from .groups import Check, boolean, fraction, nonnegative
from .optimizer import Group, Optimizer, slot

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

    At lr 0 a parameter stands still to the last bit, but v goes on: given its lr back, the
    parameter leaps.

    >>> from fineopt import Parameter, Tensor
    >>> a, b = Parameter([1.0]), Parameter([1.0])
    >>> optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 0.01}], lr=0.5)
    >>> a.grad = b.grad = Tensor([1.0])
    >>> _ = optimizer.step()
    >>> a, b
    (Tensor([0.5], device=cpu:0), Tensor([0.99], device=cpu:0))

    Source: MegEngine's SGD; Sutskever et al. 2013, *On the importance of initialization and
    momentum in deep learning*; its velocity is not scaled by the learning rate here.
    """

    checks: ClassVar[dict[str, Check]] = {
        "lr": nonnegative,
        "momentum": fraction,
        "nesterov": boolean,
        "weight_decay": nonnegative,
    }

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

    def update(self, w: Array, g: Array, group: Group, state: dict[str, Any]) -> None:
        """See the class for the formulas."""
        mu = group["momentum"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + lambda w
        if mu:
            v = slot(state, "momentum_buffer", w)
            v *= mu  # v = mu v + g
            v += g
            g = g + mu * v if group["nesterov"] else v
        w -= group["lr"] * g  # w = w - eta v
