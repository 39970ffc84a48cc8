"""Matrix products."""

from __future__ import annotations

import math

import numpy as np

from ..parallel import multiply
from ..types import Array, Result
from .reduction import wide


def matmul(a: Array, b: Array) -> Result:
    """As numpy.matmul, for vectors, matrices and broadcast stacks; integers in 64 bits."""
    if a.dtype.kind in "biu":
        a, b = (x.astype(wide(x.dtype)) for x in (a, b))
    a2 = a[None, :] if a.ndim == 1 else a
    b2 = b[:, None] if b.ndim == 1 else b

    def as_matrix(g: Array) -> Array:
        g = np.expand_dims(g, -1) if b.ndim == 1 else g
        return np.expand_dims(g, -2) if a.ndim == 1 else g

    def vjp_a(g: Array) -> Array:
        da = as_matrix(g) @ b2.swapaxes(-1, -2)
        return da[..., 0, :] if a.ndim == 1 else da

    def vjp_b(g: Array) -> Array:
        db = a2.swapaxes(-1, -2) @ as_matrix(g)
        return db[..., 0] if b.ndim == 1 else db

    return np.matmul(a, b), vjp_a, vjp_b


def linear(x: Array, w: Array, *bias: Array) -> Result:
    """x W^T + b for x (..., in), w (out, in) and b (out,)."""
    rows = x.reshape(
        math.prod(x.shape[:-1]), w.shape[1]
    )  # reshape cannot infer -1 for empty inputs
    y = np.empty((len(rows), len(w)), np.result_type(x, w))
    products = rows.size * len(w)

    def forward(part: slice) -> None:
        np.matmul(rows[part], w.T, out=y[part])
        for b in bias:
            y[part] += b

    multiply(forward, len(rows), products)

    def vjp_x(g: Array) -> Array:
        g, dx = g.reshape(y.shape), np.empty(rows.shape, g.dtype)
        multiply(lambda part: np.matmul(g[part], w, out=dx[part]), len(rows), products)
        return dx.reshape(x.shape)

    def vjp_w(g: Array) -> Array:
        g, dw = g.reshape(y.shape), np.empty(w.shape, g.dtype)
        multiply(lambda part: np.matmul(g.T[part], rows, out=dw[part]), len(w), products)
        return dw

    return y.reshape(*x.shape[:-1], len(w)), vjp_x, vjp_w, *(lambda g: g for _ in bias)
