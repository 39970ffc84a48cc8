"""Sums, products, losses and statistics for all dtypes and layouts, and empty inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fineopt.functional as F
from fineopt import Tensor
from fineopt.autodiff import GradManager
from fineopt.ops.normalization import moments

INTEGERS = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "int64", "uint64"]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_are_summed_in_64_bits(dtype: Any) -> None:
    greatest = 1 if dtype == "bool" else min(np.iinfo(dtype).max, 2**31 - 1)
    data = np.full((3, 2), greatest, dtype)
    x, exact = Tensor(data, dtype), data.astype(object)
    wanted = "uint64" if dtype == "uint64" else "int64"
    for axis in (None, 0, (0, 1)):
        got = x.sum(axis)
        assert got.dtype == wanted
        assert got.tolist() == exact.astype(wanted).sum(axis).tolist()
    assert x.prod(1).dtype == wanted
    assert x.prod(1).tolist() == [int(greatest) ** 2] * 3
    assert (x @ x.T).tolist() == (exact @ exact.T).tolist()
    assert x.mean().dtype == "float32"
    np.testing.assert_allclose(x.mean().item(), float(greatest), rtol=1e-6)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("pred", [*INTEGERS, "float32"])
@pytest.mark.parametrize("label", INTEGERS)
def test_integer_losses_equal_float_losses(pred: Any, label: Any, reduction: str) -> None:
    a, b = np.array([0, 1, 1], pred), np.array([1, 0, 1], label)
    for loss in (F.loss.square_loss, F.loss.l1_loss):
        got = loss(Tensor(a, pred), Tensor(b, label), reduction)
        assert got.dtype == "float32"
        floats = [Tensor(x.astype("f4")) for x in (a, b)]
        np.testing.assert_array_equal(got, loss(*floats, reduction))
    if label != "bool" and reduction == "mean":
        logits = Tensor(np.eye(3))
        got = F.loss.cross_entropy(logits, Tensor(b, label))
        np.testing.assert_array_equal(got, F.loss.cross_entropy(logits, b.astype(int)))
        assert F.one_hot(Tensor(b, label)).tolist() == [[0, 1], [1, 0], [0, 1]]


@pytest.mark.parametrize("axis", [0, 1, None])
def test_float16_is_summed_in_float32(axis: int | None) -> None:
    ones = Tensor(np.ones((5000, 2)), "float16")
    assert ones.sum(axis).dtype == "float16"
    np.testing.assert_array_equal(ones.sum(axis), np.ones((5000, 2)).sum(axis).astype("f2"))
    assert (ones * 1000).mean(axis).numpy().ravel()[0] == 1000  # the sum is above 65504
    np.testing.assert_allclose(F.softmax(ones, 0).numpy(), 1 / 5000, rtol=1e-3)
    bias = Tensor([0.0], "float16")
    with GradManager().attach(bias) as gm:
        gm.backward(ones + bias)
    assert bias.grad is not None
    assert (bias.grad.item(), bias.grad.dtype) == (10000.0, np.float16)


def test_batch_norm_of_float16() -> None:
    x = np.random.RandomState(0).randn(64, 2, 40, 40).astype("f2") * 10 + 100
    arrays = [x, np.ones((1, 2, 1, 1), "f2"), np.zeros((1, 2, 1, 1), "f2")]
    results = []
    for dtype in ("float16", "float64"):
        xs = [Tensor(a, dtype) for a in arrays]
        with GradManager().attach(xs) as gm:
            y = F.batch_norm(xs[0], weight=xs[1], bias=xs[2], training=True)
            gm.backward((y * y).mean())
        assert y.dtype == dtype
        results.append([y.numpy(), *(t.grad.numpy() for t in xs if t.grad is not None)])
    for half, exact in zip(*results, strict=True):
        np.testing.assert_allclose(half.astype("f8"), exact, rtol=2e-3, atol=2e-3)


SHAPES = [(1280, 2, 28, 28), (2, 2, 700, 700), (200_000, 2, 1, 1), (1, 3, 1, 4000), (3, 2, 1, 1)]


@pytest.mark.parametrize("layout", [(0, 1, 2, 3), (1, 2, 3, 0), (0, 2, 3, 1), (3, 2, 1, 0)])
@pytest.mark.parametrize("offset", [0.0, 100.0, 1e4])
@pytest.mark.parametrize("shape", SHAPES)
def test_statistics_of_float32_in_any_layout(shape: Any, offset: float, layout: Any) -> None:
    x = (np.random.RandomState(0).randn(*shape) + offset).astype("f4")
    x = np.ascontiguousarray(x.transpose(layout)).transpose(np.argsort(layout))
    mean, var, _ = moments(x)
    exact = x.astype("f8")
    np.testing.assert_allclose(var.ravel(), exact.var((0, 2, 3)), rtol=4e-7)
    size = np.abs(exact).mean((0, 2, 3))
    assert (np.abs(mean.ravel() - exact.mean((0, 2, 3))) <= 2e-7 * size).all()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize(("n", "c", "k"), [(0, 3, 2), (2, 0, 2), (2, 3, 0), (0, 0, 0)])
def test_empty_convolutions(n: int, c: int, k: int, padding: int, stride: int) -> None:
    xs = [Tensor(np.ones(s)) for s in ((n, c, 5, 5), (k, c, 3, 3), (1, k, 1, 1))]
    with GradManager().attach(xs) as gm:
        y = F.conv2d(*xs, stride=stride, padding=padding)
        gm.backward(y)
    assert (y.numpy() == 1).all()  # the bias, where there are no channels
    for x in xs[:2]:
        assert x.grad is not None and x.grad.shape == x.shape
        assert not x.grad.numpy().any()
    assert xs[2].grad is not None
    np.testing.assert_array_equal(xs[2].grad.numpy(), n * y.shape[2] * y.shape[3])


@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (0, 0), (0,), (2, 0, 3), (2, 3, 0)])
@pytest.mark.parametrize("out", [0, 2])
def test_empty_linear_layers(shape: tuple[int, ...], out: int) -> None:
    xs = [Tensor(np.ones(s)) for s in (shape, (out, shape[-1]), (out,))]
    with GradManager().attach(xs) as gm:
        y = F.linear(*xs)
        gm.backward(y)
    np.testing.assert_array_equal(y, np.ones((*shape[:-1], out)))
    assert [x.grad.shape for x in xs if x.grad is not None] == [x.shape for x in xs]
    assert xs[2].grad is not None and (xs[2].grad.numpy() == np.prod(shape[:-1])).all()


@pytest.mark.parametrize("function", [F.softmax, F.logsoftmax])
@pytest.mark.parametrize("shape", [(2, 0), (0, 2), (0, 0)])
def test_empty_softmax(function: Any, shape: tuple[int, ...]) -> None:
    assert function(Tensor(np.zeros(shape)), 1).shape == shape


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 0, 4, 4), (0, 0, 4, 4), (0, 3), (0, 3, 2)])
def test_empty_batch_norm(shape: tuple[int, ...]) -> None:
    c = (1, shape[1], 1, 1)
    xs = [Tensor(np.ones(shape)), Tensor(np.ones(c)), Tensor(np.zeros(c))]
    with GradManager().attach(xs) as gm:
        y = F.batch_norm(xs[0], Tensor(np.zeros(c)), Tensor(np.ones(c)), *xs[1:])
        gm.backward(y)
    assert y.shape == shape
    for x in xs:
        assert x.grad is not None and x.grad.shape == x.shape
        assert not x.grad.numpy().any()


@pytest.mark.parametrize("pool", [F.max_pool2d, F.avg_pool2d])
def test_empty_pooling(pool: Any) -> None:
    for shape in ((0, 3, 4, 4), (2, 0, 4, 4)):
        x = Tensor(np.ones(shape))
        with GradManager().attach(x) as gm:
            y = pool(x, 2, 1, 1)
            gm.backward(y)
        assert y.shape == (*shape[:2], 5, 5)
        assert x.grad is not None and x.grad.shape == shape
    with pytest.raises(ValueError, match="no pixels"):
        pool(Tensor(np.ones((2, 3, 0, 4))), 2, 1, 1)
