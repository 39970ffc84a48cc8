"""Batch normalisation."""

from __future__ import annotations

import numpy as np

from .types import Array, Result


def batch_norm(
    x: Array, weight: Array, bias: Array, *, mean: Array, var: Array, eps: float, from_batch: bool
) -> Result:
    """(x - mean) / sqrt(var + eps) * weight + bias, over all axes but 1.

    With from_batch, mean and var are those of x itself, and the gradient flows through them.
    """
    axes = tuple(i for i in range(x.ndim) if i != 1)
    scale = 1 / np.sqrt(var + eps)
    z = (x - mean) * scale

    def vjp_x(g: Array) -> Array:
        dz = g * weight
        if from_batch:
            # centring and scaling take out of dz its mean and its part along z
            along = np.mean(dz * z, axis=axes, keepdims=True)
            dz = dz - np.mean(dz, axis=axes, keepdims=True) - z * along
        return np.asarray(dz * scale)

    return z * weight + bias, vjp_x, lambda g: g * z, lambda g: g
