"""RMSprop: Adagrad that forgets."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, boolean, fraction, nonnegative, proportion
from ...types import Array, Group, State
from ..base import TINY, Optimizer, descend, slot

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    r"""RMSprop: each gradient divided by the root of its square's running average.

    .. math::
        g &\leftarrow g + \lambda w \\
        s &\leftarrow \alpha s + (1 - \alpha) g^2 \\
        d &\leftarrow \frac{g}{\sqrt{s} + \epsilon} \\
        v &\leftarrow \mu v + d \\
        w &\leftarrow w - \eta v

    Centred, it divides by the gradient's standard deviation instead, the root of s less the square
    of the gradient's own running average a.

    Args:
        params: parameters, or dicts, one a group.
        lr: learning rate, eta.
        alpha: how much of s, and of a, is kept from step to step.
        eps: epsilon, which keeps small gradients from being blown up.
        weight_decay: lambda.
        momentum: mu; 0 keeps no v.
        centered: whether to centre.

    Raises:
        KeyError, TypeError, ValueError: for a group or a setting that can't be.

    At lr 0 a parameter stands still to the last bit, but s, a and v go on.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0])
    >>> p.grad = Tensor([100.0, -0.01])
    >>> _ = RMSprop([p], lr=0.01).step()
    >>> p
    Tensor([0.9 1.1], device=cpu:0)

    Source: Hinton 2012, *Neural Networks for Machine Learning*, lecture 6e; centred: Graves 2013,
    *Generating Sequences With Recurrent Neural Networks*. MegEngine has none: rule and defaults are
    PyTorch's.
    """

    checks: ClassVar[dict[str, Check]] = {
        "lr": nonnegative,
        "alpha": proportion,
        "eps": nonnegative,
        "weight_decay": nonnegative,
        "momentum": fraction,
        "centered": boolean,
    }
    slots = ("square_avg", "grad_avg", "momentum_buffer")
    always = squares = ("square_avg",)

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
        )

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """See the class for the formulas."""
        alpha, mu = group["alpha"], group["momentum"]
        s, d = slot(state, "square_avg", w), self.scratch(w)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + λ w
        s *= alpha  # s = α s + (1 - α) g²
        np.multiply(g, g, out=d)
        d *= 1 - alpha
        s += d
        if group["centered"]:
            a = slot(state, "grad_avg", w)
            a *= alpha  # a = α a + (1 - α) g
            a += np.multiply(g, 1 - alpha, out=d)
            root, size = np.sqrt(s), np.abs(a)  # s - a² in factors: an overflown s stays infinite
            np.multiply(root - size, root + size, out=d)  # d = √(s - a²)
            np.sqrt(np.maximum(d, 0, out=d), out=d)  # rounding may leave a little below 0
        else:
            np.sqrt(s, out=d)  # d = √s
        d += max(group["eps"], TINY)
        np.divide(g, d, out=d)  # d = g / (d + ε)
        if mu:
            v = slot(state, "momentum_buffer", w)
            v *= mu  # v = μ v + d
            v += d
            d[...] = v
        descend(w, group["lr"], d, d)  # w = w - η v
