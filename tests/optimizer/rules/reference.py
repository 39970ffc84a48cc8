"""Reference update rules in plain NumPy, written from the papers and MegEngine's formulas.

A rule takes a parameter's value, its gradient, its step number from 1, its hyperparameters and its
state, a dict of arrays that starts empty, and returns the new value. Nothing is done in place.
"""

from __future__ import annotations

import numpy as np


def sgd(w, g, t, s, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
    g = g + weight_decay * w
    s["v"] = momentum * s.get("v", 0) + g
    return w - lr * (g + momentum * s["v"] if nesterov else s["v"])


def adam(w, g, t, s, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    return w - lr * _adam(g + weight_decay * w, t, s, betas, eps)


def adamw(w, g, t, s, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
    return w - lr * (_adam(g, t, s, betas, eps) + weight_decay * w)


def _adam(g, t, s, betas, eps):
    b1, b2 = betas
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0) + (1 - b2) * g**2
    m_hat, v_hat = s["m"] / (1 - b1**t), s["v"] / (1 - b2**t)
    return m_hat / (np.sqrt(v_hat) + eps)


def adagrad(w, g, t, s, lr=1e-2, lr_decay=0.0, eps=1e-10, weight_decay=0.0):
    g = g + weight_decay * w
    s["sum"] = s.get("sum", 0) + g**2
    return w - lr / (1 + (t - 1) * lr_decay) * g / np.sqrt(s["sum"] + eps)


def adadelta(w, g, t, s, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    g = g + weight_decay * w
    s["g2"] = rho * s.get("g2", 0) + (1 - rho) * g**2
    d = np.sqrt(s.get("d2", 0) + eps) / np.sqrt(s["g2"] + eps) * g
    s["d2"] = rho * s.get("d2", 0) + (1 - rho) * d**2
    return w - lr * d


def rmsprop(
    w, g, t, s, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False
):
    g = g + weight_decay * w
    s["g2"] = alpha * s.get("g2", 0) + (1 - alpha) * g**2
    s["g"] = alpha * s.get("g", 0) + (1 - alpha) * g
    variance = s["g2"] - s["g"] ** 2 if centered else s["g2"]
    s["v"] = momentum * s.get("v", 0) + g / (np.sqrt(variance) + eps)
    return w - lr * s["v"]


def lion(w, g, t, s, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
    b1, b2 = betas
    m = s.get("m", 0)
    s["m"] = b2 * m + (1 - b2) * g
    return w - lr * (np.sign(b1 * m + (1 - b1) * g) + weight_decay * w)
