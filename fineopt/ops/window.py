"""Convolution and pooling: operations on sliding windows.

Outside, arrays are (N, C, H, W). Inside, memory is batch-last, (C, H, W, N): each window position
is then one long contiguous run, and im2col copies whole rows of the batch at a time. A batch-last
array seen through a transpose *is* an (N, C, H, W) array, so the layout lives in the strides alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .types import Array, Result

Pair = tuple[int, int]


def _batch_last(x: Array) -> Array:
    """(N, C, H, W) to contiguous (C, H, W, N); no copy if x already lies so in memory."""
    return np.ascontiguousarray(x.transpose(1, 2, 3, 0))


def _batch_first(x: Array) -> Array:
    """(C, H, W, N) seen as (N, C, H, W)."""
    return x.transpose(3, 0, 1, 2)


def _pad(x: Array, padding: Pair, value: float) -> Array:
    """Pad height and width of a batch-last array."""
    ph, pw = padding
    if not (ph or pw):
        return x
    return np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)), constant_values=value)


def _unpad(x: Array, padding: Pair) -> Array:
    ph, pw = padding
    return x[:, ph : x.shape[1] - ph, pw : x.shape[2] - pw]


def _positions(x: Array, kernel: Pair, stride: Pair) -> Iterator[tuple[int, int, Array]]:
    """Yield i, j and, as a view of batch-last x, what element (i, j) of every window sees."""
    ho, wo = ((x.shape[d + 1] - kernel[d]) // stride[d] + 1 for d in (0, 1))
    (sh, sw) = stride
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            yield i, j, x[:, i : i + sh * (ho - 1) + 1 : sh, j : j + sw * (wo - 1) + 1 : sw]


def conv2d(x: Array, w: Array, *bias: Array, stride: Pair, padding: Pair) -> Result:
    """x (N, C, H, W), w (K, C, kh, kw), bias (1, K, 1, 1) to (N, K, Ho, Wo)."""
    k, c, kh, kw = w.shape
    xp = _pad(_batch_last(x), padding, 0)
    n = xp.shape[3]
    ho, wo = (xp.shape[1] - kh) // stride[0] + 1, (xp.shape[2] - kw) // stride[1] + 1
    cols = np.empty((c, kh, kw, ho, wo, n), x.dtype)  # im2col
    for i, j, seen in _positions(xp, (kh, kw), stride):
        cols[:, i, j] = seen
    cols = cols.reshape(c * kh * kw, -1)
    y = w.reshape(k, -1) @ cols
    for b in bias:
        y += b.reshape(k, 1)

    def rows(g: Array) -> Array:
        return _batch_last(g).reshape(k, -1)

    def vjp_x(g: Array) -> Array:
        dcols = (w.reshape(k, -1).T @ rows(g)).reshape(c, kh, kw, ho, wo, n)
        dx = np.zeros(xp.shape, g.dtype)
        for i, j, seen in _positions(dx, (kh, kw), stride):  # col2im: windows overlap, so add
            seen += dcols[:, i, j]
        return _batch_first(_unpad(dx, padding))

    def vjp_w(g: Array) -> Array:
        return (rows(g) @ cols.T).reshape(w.shape)

    # a bias is added everywhere: the tape sums its gradient back to (1, K, 1, 1)
    return _batch_first(y.reshape(k, ho, wo, n)), vjp_x, vjp_w, *(lambda g: g for _ in bias)


def max_pool2d(x: Array, *, kernel: Pair, stride: Pair, padding: Pair) -> Result:
    """The maximum of each window; a tie sends its gradient to the first of the tied."""
    xp = _pad(_batch_last(x), padding, -np.inf)
    y: Array | None = None
    for _, _, seen in _positions(xp, kernel, stride):
        y = seen.copy() if y is None else np.maximum(y, seen, out=y)
    assert y is not None  # a kernel has at least one element

    def vjp(g: Array) -> Array:
        dx = np.zeros(xp.shape, g.dtype)
        left = _batch_last(g).copy()  # gradient that has not found its maximum yet
        sources = _positions(xp, kernel, stride)
        for (_, _, seen), (_, _, target) in zip(
            sources, _positions(dx, kernel, stride), strict=True
        ):
            hit = left * (seen == y)
            target += hit
            left -= hit
        return _batch_first(_unpad(dx, padding))

    return _batch_first(y), vjp


def avg_pool2d(
    x: Array, *, kernel: Pair, stride: Pair, padding: Pair, count_padding: bool
) -> Result:
    """The mean of each window; padded zeros are counted only if asked for."""
    xp = _pad(_batch_last(x), padding, 0)
    y = sum(seen for _, _, seen in _positions(xp, kernel, stride))
    if count_padding:
        count = np.asarray(kernel[0] * kernel[1], x.dtype)
    else:
        inside = _pad(np.ones((1, *x.shape[2:], 1), x.dtype), padding, 0)
        count = np.asarray(sum(seen for _, _, seen in _positions(inside, kernel, stride)))

    def vjp(g: Array) -> Array:
        dx = np.zeros(xp.shape, g.dtype)
        share = _batch_last(g) / count
        for _, _, target in _positions(dx, kernel, stride):
            target += share
        return _batch_first(_unpad(dx, padding))

    return _batch_first(y / count), vjp
