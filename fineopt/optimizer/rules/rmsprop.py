"""RMSprop: Adagrad with a running average in place of the sum."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ...checks import Check, boolean, fraction, nonnegative, proportion, settings_in
from ...types import Array, Group, State
from ..base import Optimizer
from .arithmetic import TINY, average, average_square, descend, slot

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    r"""RMSprop: the gradient over the root of the running average of its square.

    .. math::
        g &\leftarrow g + \lambda w \\
        s &\leftarrow \alpha s + (1 - \alpha) g^2 \\
        d &\leftarrow \frac{g}{\sqrt{s} + \epsilon} \\
        v &\leftarrow \mu v + d \\
        w &\leftarrow w - \eta v

    If centred, it divides by the standard deviation of the gradient instead: the root of s minus
    the square of the gradient's own running average a.

    Args:
        params: parameters, or dicts that define groups.
        lr: learning rate, eta.
        alpha: decay rate of s and a.
        eps: epsilon, which keeps small gradients from being amplified.
        weight_decay: lambda.
        momentum: mu; with 0, no v is stored.
        centered: divide by the standard deviation.

    Raises:
        KeyError, TypeError, ValueError: if a group or a hyperparameter is invalid.

    At lr 0 a parameter keeps its exact bits, but s, a and v are still updated.

    >>> from fineopt import Parameter, Tensor
    >>> p = Parameter([1.0, 1.0])
    >>> p.grad = Tensor([100.0, -0.01])
    >>> _ = RMSprop([p], lr=0.01).step()
    >>> p
    Tensor([0.9 1.1], device=cpu:0)

    Source: Hinton 2012, *Neural Networks for Machine Learning*, lecture 6e; centred: Graves 2013,
    *Generating Sequences With Recurrent Neural Networks*. Rule and defaults are PyTorch's;
    MegEngine does not provide it.
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
        super().__init__(params, **settings_in(locals(), self.checks))

    def update(self, w: Array, g: Array, group: Group, state: State) -> None:
        """Update w in place by the formulas of the class."""
        alpha, mu = group["alpha"], group["momentum"]
        s, d = slot(state, "square_avg", w), self.scratch(w)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w  # g = g + λ w
        average_square(s, g, alpha, d)  # s = α s + (1 - α) g²
        if group["centered"]:
            a = slot(state, "grad_avg", w)
            average(a, g, alpha, d)  # a = α a + (1 - α) g
            root, size = (
                np.sqrt(s),
                np.abs(a),
            )  # s - a² as a product: an overflowed s stays infinite
            np.multiply(root - size, root + size, out=d)  # d = √(s - a²)
            np.sqrt(np.maximum(d, 0, out=d), out=d)  # rounding may leave it slightly negative
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
