"""Principal directions of a path, against the singular value decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.scenes.directions import plane


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(2, 40), width=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_plane_is_that_of_the_singular_values(rows: int, width: int, seed: int) -> None:
    values = np.random.RandomState(seed).randn(rows, width).cumsum(axis=0)
    found = plane(values)
    assert found is not None
    centred = values - values.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False) ** 2
    expected = np.r_[singular / singular.sum(), 0.0][:2]
    np.testing.assert_allclose(found.shares, expected, atol=1e-9)
    points = found.project(values)
    np.testing.assert_allclose(points[0], 0)
    assert (points.mean(axis=0) >= -1e-9).all()
    both = points - points.mean(axis=0)
    np.testing.assert_allclose(np.square(both).sum(axis=0), expected * singular.sum(), atol=1e-6)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_a_plane_of_very_small_or_large_values(scale: float) -> None:
    found = plane(scale * np.array([[0.0, 0, 0], [3, 4, 0], [6, 8, 1]]))
    assert found is not None
    assert found.shares[0] > 0.9


def test_a_constant_path_has_no_plane() -> None:
    assert plane(np.ones((5, 3))) is None
    assert plane(np.ones((1, 3))) is None


def test_a_growing_path_rarely_flips() -> None:
    flips = 0
    for seed in range(8):
        values, before = np.random.RandomState(seed).randn(300, 64).cumsum(axis=0), None
        for rows in range(5, 300, 3):
            found = plane(values[:rows])
            assert found is not None
            points = found.project(values[:rows])
            if before is not None:
                flips += int(((points[: len(before)] * before).sum(axis=0) < 0).sum())
            before = points
    assert flips <= 2  # of 1,500
