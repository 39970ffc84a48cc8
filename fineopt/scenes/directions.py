"""The two leading principal directions of a path, by principal component analysis.

Source: K. Pearson, *On lines and planes of closest fit to systems of points in space* (1901).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Plane(NamedTuple):
    """The start of a path, its two leading directions, and their shares of its variance."""

    start: Floats  # (elements,)
    axes: Floats  # (elements, 2), of length 1
    shares: tuple[float, float]

    def project(self, values: Floats) -> Floats:
        """Return the coordinates along each axis of values of shape (samples, elements)."""
        away: Floats = (values - self.start) @ self.axes
        return away


def plane(values: Floats) -> Plane | None:
    """Return the plane of a path of shape (samples, elements); None if the path does not move.

    The signs are such that the start lies to the left of the path's mean and below it. A path moves
    away from its start, so these signs rarely change as it grows.

    >>> path = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])
    >>> found = plane(path)
    >>> found.project(path)[0], [round(share, 2) for share in found.shares]
    (array([0., 0.]), [0.78, 0.22])
    """
    away = values - values[:1]
    largest = float(np.abs(away).max(initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return None
    away = away / largest  # so that squares neither overflow nor underflow
    mean = away.mean(axis=0)
    centred = away - mean
    # The smaller of the two Gram matrices; both give the same leading directions.
    if few := len(centred) < centred.shape[1]:
        spread, vectors = np.linalg.eigh(centred @ centred.T)
    else:
        spread, vectors = np.linalg.eigh(centred.T @ centred)
    shares, leading = np.zeros(2), np.zeros((centred.shape[1], 2))
    for i, part in enumerate(spread[:-3:-1]):
        if part > 1e-14 * spread[-1]:
            shares[i] = part / np.square(centred).sum()
            leading[:, i] = centred.T @ vectors[:, -1 - i] if few else vectors[:, -1 - i]
            leading[:, i] /= np.linalg.norm(leading[:, i])
    leading = np.where(mean @ leading < 0, -leading, leading)
    return Plane(values[0], leading, (float(shares[0]), float(shares[1])))
