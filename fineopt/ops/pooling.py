"""Pooling: the maximum or mean of sliding windows.

The maximum, or sum, of a window is separable: pooling runs along the width and then along the
height, in fewer and longer passes than one per window element. The result is batch-last in memory,
(C, H, W, N), so that flattening it to (N, C * H * W) needs no copy.
"""

from __future__ import annotations

import numpy as np

from ..parallel import share
from ..types import Array, Pair, Result
from .selection import as_bits


def max_pool2d(x: Array, *, kernel: Pair, stride: Pair, padding: Pair) -> Result:
    """The maximum of each window; ties pass the gradient to the first maximum."""
    # first row with the maximum, first column in that row: the first maximum of the window
    across, vjp_w = _max_along(_pad(x, padding, -np.inf), 3, kernel[1], stride[1])
    y, vjp_h = _max_along(across, 2, kernel[0], stride[0])
    return y, lambda g: _unpad(vjp_w(vjp_h(_laid_out_as(y, g))), padding)


def avg_pool2d(
    x: Array, *, kernel: Pair, stride: Pair, padding: Pair, count_padding: bool
) -> Result:
    """The mean of each window; count_padding includes padded zeros in the mean."""
    across, vjp_w = _sum_along(_pad(x, padding, 0), 3, kernel[1], stride[1])
    y, vjp_h = _sum_along(across, 2, kernel[0], stride[0])
    count = np.asarray(kernel[0] * kernel[1], y.dtype)
    if not count_padding:
        inside = np.ones((1, 1, *x.shape[2:]), y.dtype)
        count = _sum_along(_pad(inside, padding, 0), 3, kernel[1], stride[1])[0]
        count = _sum_along(count, 2, kernel[0], stride[0])[0]
    return y / count, lambda g: _unpad(vjp_w(vjp_h(g / count)), padding)


def _max_along(x: Array, axis: int, size: int, stride: int) -> Result:
    seen = _taps(x, axis, size, stride)
    y = _empty_batch_last(seen[0].shape, x.dtype)

    def forward(part: slice) -> None:
        first, *others = (tap[:, part] for tap in seen)
        np.maximum(first, others[0] if others else first, out=y[:, part])
        for tap in others[1:]:
            np.maximum(y[:, part], tap, out=y[:, part])

    share(forward, x.shape[1], x.size)

    def vjp(g: Array) -> Array:
        # windows that tile x write into dx directly, which is 1.5 times as fast
        tiled = size == stride and size * y.shape[axis] == x.shape[axis]
        dx = np.empty_like(x, g.dtype) if tiled else np.zeros_like(x, g.dtype)
        targets = _taps(dx, axis, size, stride)
        # multiplying the bits, as integers, by 0 or 1 is exact, also for infinities and NaN: these
        # stay at the position of their maximum
        bits = as_bits(g)

        def some(part: slice) -> None:
            views = [target[:, part] for target in targets]
            found_at = views if tiled else [np.empty_like(g[:, part]) for _ in views]
            *others, last = (as_bits(found) for found in found_at)
            left = bits[:, part]  # gradients not assigned to a maximum yet
            for tap, found in zip(seen, others, strict=False):
                np.multiply(left, tap[:, part] == y[:, part], out=found)
                left = np.subtract(left, found, out=last)
            if not others:
                last[...] = left
            if not tiled:
                for target, found in zip(views, found_at, strict=True):
                    target += found

        share(some, x.shape[1], 2 * x.size)
        return dx

    return y, vjp


def _sum_along(x: Array, axis: int, size: int, stride: int) -> Result:
    seen = _taps(x, axis, size, stride)
    y = _empty_batch_last(seen[0].shape, x.dtype)
    y[...] = seen[0]
    for tap in seen[1:]:
        y += tap

    def vjp(g: Array) -> Array:
        dx = np.zeros(x.shape, g.dtype)
        for target in _taps(dx, axis, size, stride):
            target += g
        return dx

    return y, vjp


def _taps(x: Array, axis: int, size: int, stride: int) -> list[Array]:
    """Views of x: the first element of all windows, the second, and so on."""
    span = x.shape[axis] - size + 1
    before = (slice(None),) * axis
    windows = [(*before, slice(i, i + span, stride)) for i in range(size)]
    return [x[window] for window in windows]


def _empty_batch_last(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> Array:
    n, c, h, w = shape
    return np.empty((c, h, w, n), dtype).transpose(3, 0, 1, 2)


def _laid_out_as(y: Array, g: Array) -> Array:
    """g in the memory layout of y.

    A gradient from Flatten is batch-first: without this a step at batch 512 takes a tenth longer.
    """
    if g.strides == y.strides:
        return g
    laid_out = np.empty_like(y, g.dtype)
    laid_out[...] = g
    return laid_out


def _pad(x: Array, padding: Pair, value: float) -> Array:
    """Pad height and width."""
    ph, pw = padding
    if not (ph or pw):
        return x
    n, c, h, w = x.shape
    padded = _empty_batch_last((n, c, h + 2 * ph, w + 2 * pw), x.dtype)
    padded[...] = value
    _unpad(padded, padding)[...] = x
    return padded


def _unpad(x: Array, padding: Pair) -> Array:
    ph, pw = padding
    return x[:, :, ph : x.shape[2] - ph, pw : x.shape[3] - pw]
