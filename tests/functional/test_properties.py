"""Properties that hold for all shapes, tested with hypothesis."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import fineopt.functional as F
from fineopt import Tensor, tensor
from tests.support.gradcheck import check_direction, distinct

FEW = settings(max_examples=40)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
FULL = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


def numbers(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    return distinct(np.random.RandomState(0), *shapes)


@FEW
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=4, min_side=0, max_side=3))
def test_broadcasting_matches_numpy_and_gradients_undo_it(shapes: Any) -> None:
    a, b, c = numbers(*shapes.input_shapes)

    def f(x: Any, y: Any, z: Any) -> Any:
        return (x + y) * z - x / (y * y + 1)

    got = f(*(Tensor(t, "float64") for t in (a, b, c)))
    assert got.shape == shapes.result_shape
    np.testing.assert_allclose(got.numpy(), f(a, b, c))
    check_direction(f, [a, b, c])


@FEW
@given(st.data(), st.sampled_from(["sum", "mean", "prod", "max", "min"]), st.booleans())
def test_reductions_over_any_axes(data: st.DataObject, name: str, keepdims: bool) -> None:
    shape = data.draw(FULL)
    some = hnp.valid_tuple_axes(len(shape))
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1), some))
    (x,) = numbers(shape)
    got = getattr(Tensor(x, "float64"), name)(axis, keepdims)
    np.testing.assert_allclose(got.numpy(), getattr(np, name)(x, axis=axis, keepdims=keepdims))
    check_direction(lambda t: getattr(F, name)(t, axis, keepdims), [x])


@st.composite
def indexed(draw: Any) -> tuple[tuple[int, ...], Any]:
    shape = draw(FULL)
    basic = hnp.basic_indices(shape, allow_ellipsis=True, allow_newaxis=True)
    whole = hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=5))
    mask = hnp.arrays(bool, shape)
    return shape, draw(st.one_of(basic, whole, mask))


def in_tensors(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(in_tensors(part) for part in index)
    return tensor(index) if isinstance(index, np.ndarray) else index


@FEW
@given(indexed(), st.booleans())
def test_getting_items(case: Any, as_tensors: bool) -> None:
    shape, index = case
    (x,) = numbers(shape)
    ours = in_tensors(index) if as_tensors else index
    got = Tensor(x, "float64")[ours]
    np.testing.assert_array_equal(got.numpy(), x[index])
    check_direction(lambda t: t[ours], [x])


@FEW
@given(indexed(), st.booleans(), st.booleans())
def test_setting_items(case: Any, as_tensors: bool, one: bool) -> None:
    shape, index = case
    x, value = numbers(shape, () if one else np.zeros(shape)[index].shape)
    ours = in_tensors(index) if as_tensors else index
    expected = x.copy()
    expected[index] = value

    def f(t: Tensor, v: Tensor) -> Tensor:
        y = t * 1
        y[ours] = v
        return y

    np.testing.assert_array_equal(f(Tensor(x, "float64"), Tensor(value, "float64")), expected)
    check_direction(f, [x, value])


@FEW
@given(st.data(), SHAPES)
def test_reshape_and_transpose_keep_the_values(data: Any, shape: Any) -> None:
    order = data.draw(st.permutations(range(len(shape))))
    order = [axis - len(shape) * data.draw(st.booleans()) for axis in order]
    (x,) = numbers(shape)
    moved = Tensor(x, "float64").transpose(order)
    np.testing.assert_array_equal(moved, x.transpose(order))
    back = moved.transpose(np.argsort([axis % len(shape) for axis in order]).astype(int).tolist())
    np.testing.assert_array_equal(back.reshape(-1).reshape(shape), x)
    check_direction(lambda t: t.transpose(order).reshape(-1) * 2, [x])


@FEW
@given(st.data(), FULL, st.integers(1, 3))
def test_concat_and_stack(data: Any, shape: Any, count: int) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    arrays = numbers(*[shape] * count)
    for ours, numpys in ((F.concat, np.concatenate), (F.stack, np.stack)):
        got = ours([Tensor(a, "float64") for a in arrays], axis)
        np.testing.assert_array_equal(got, numpys(arrays, axis))
        check_direction(lambda *ts, f=ours: f(ts, axis), arrays)


PAIR = st.tuples(st.integers(1, 3), st.integers(1, 3))
PADDING = st.tuples(st.integers(0, 2), st.integers(0, 2))
IMAGES = st.tuples(*[st.integers(1, 3)] * 2, *[st.integers(1, 6)] * 2)


def windows(x: np.ndarray, kernel: Any, stride: Any, padding: Any, fill: float) -> np.ndarray:
    """(N, C, Ho, Wo, kh, kw), written independently of fineopt.ops."""
    (ph, pw) = padding
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=fill)
    seen = np.lib.stride_tricks.sliding_window_view(x, kernel, (2, 3))
    return seen[:, :, :: stride[0], :: stride[1]]


def fits(shape: Any, kernel: Any, padding: Any) -> bool:
    return all(n + 2 * p >= k for n, p, k in zip(shape[2:], padding, kernel, strict=True))


@FEW
@given(IMAGES, PAIR, PAIR, PADDING, st.integers(1, 3))
def test_conv2d(shape: Any, kernel: Any, stride: Any, padding: Any, filters: int) -> None:
    assume(fits(shape, kernel, padding))
    x, w, b = numbers(shape, (filters, shape[1], *kernel), (1, filters, 1, 1))

    def f(*xs: Tensor) -> Tensor:
        return F.conv2d(*xs, stride, padding)

    seen = windows(x, kernel, stride, padding, 0)
    got = f(*(Tensor(a, "float64") for a in (x, w, b)))
    np.testing.assert_allclose(got, np.einsum("nchwij,kcij->nkhw", seen, w) + b, atol=1e-12)
    check_direction(f, [x, w, b])


@FEW
@given(IMAGES, PAIR, PAIR, PADDING, st.sampled_from(["max", "mean", "mean with padding"]))
def test_pooling(shape: Any, kernel: Any, stride: Any, padding: Any, kind: str) -> None:
    padding = tuple(min(p, k // 2) for p, k in zip(padding, kernel, strict=True))
    assume(fits(shape, kernel, padding))
    (x,) = numbers(shape)

    def f(t: Tensor) -> Tensor:
        if kind == "max":
            return F.max_pool2d(t, kernel, stride, padding)
        mode = "average" if "padding" in kind else "average_count_exclude_padding"
        return F.avg_pool2d(t, kernel, stride, padding, mode)

    fill = {"max": -np.inf, "mean": np.nan, "mean with padding": 0.0}[kind]
    seen = windows(x, kernel, stride, padding, fill)
    expected = seen.max((4, 5)) if kind == "max" else np.nanmean(seen, (4, 5))
    np.testing.assert_allclose(f(Tensor(x, "float64")), expected, atol=1e-12)
    check_direction(f, [x])


@FEW
@given(hnp.arrays(np.float32, (3, 4), elements=st.floats(-(2.0**100), 2.0**100, width=32)))
def test_softmax_is_a_distribution_for_any_magnitude(x: np.ndarray) -> None:
    np.testing.assert_allclose(F.softmax(x, 1).sum(1), np.ones(3), rtol=1e-5)
    assert np.isfinite(F.logsoftmax(x, 1).numpy()).all()
