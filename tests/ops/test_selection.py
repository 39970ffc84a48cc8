"""Elements that an operation does not select get a gradient of exactly 0, even for NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
from fineopt import Tensor
from fineopt.autodiff import GradManager
from tests.support.gradcheck import gradients

POOL = {"kernel_size": 2, "stride": 1, "padding": 1}


def put(x: Tensor, v: Tensor) -> Tensor:
    y = x * 1
    y[np.array([0, 1, 0])] = v
    return y


# a function, its inputs, and the selected elements, which receive gradient; the others get 0
TABLE: dict[str, tuple[Callable[..., Tensor], list[Any], list[Any]]] = {
    "relu": (F.relu, [[-1.0, 0.0, -0.0, 2.0]], [[0, 0, 0, 1]]),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.0), [[-1.0, 0.0, 2.0]], [[0, 0, 1]]),
    "abs": (F.abs, [[-1.0, 0.0, 2.0]], [[1, 0, 1]]),
    "clip": (lambda x: F.clip(x, -1, 1), [[-2.0, 0.5, 3.0]], [[0, 1, 0]]),
    "maximum": (F.maximum, [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]], [[0, 1, 1], [1, 1, 0]]),
    "minimum": (F.minimum, [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]], [[1, 1, 0], [0, 1, 1]]),
    "where": (
        lambda a, b: F.where([True, False], a, b),
        [[1.0, 2.0], [3.0, 4.0]],
        [[1, 0], [0, 1]],
    ),
    "max": (F.max, [[[1.0, 5.0], [5.0, 0.0]]], [[[0, 1], [1, 0]]]),
    "min": (lambda x: F.min(x, 1), [[[1.0, 5.0], [5.0, 0.0]]], [[[1, 0], [0, 1]]]),
    "max_pool2d": (
        lambda x: F.max_pool2d(x, 2),
        [[[[[1.0, 2.0], [4.0, 3.0]]]]],
        [[[[[0, 0], [1, 0]]]]],
    ),
    "max_pool2d, overlapping": (
        lambda x: F.max_pool2d(x, **POOL),
        [[[[[9.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 9.0]]]]],
        [[[[[1, 1, 1], [1, 0, 0], [1, 0, 1]]]]],
    ),
    "max_pool2d, with gaps": (
        lambda x: F.max_pool2d(x, 2, 3),
        [[[[[1.0, 2.0, 9.0], [4.0, 3.0, 9.0], [9.0, 9.0, 9.0]]]]],
        [[[[[0, 0, 0], [1, 0, 0], [0, 0, 0]]]]],
    ),
    "avg_pool2d, with gaps": (
        lambda x: F.avg_pool2d(x, 1, 2),
        [[[[[1.0, 2.0], [4.0, 3.0]]]]],
        [[[[[1, 0], [0, 0]]]]],
    ),
    "pow": (lambda a, b: a**b, [[2.0, 0.0, 3.0], [0.0, 2.0, 2.0]], [[0, 1, 1], [1, 0, 1]]),
    "floordiv": (lambda a, b: a // b, [[5.0], [2.0]], [[0], [0]]),
    "get_item": (lambda x: x[[0, 2, 0]], [[1.0, 2.0, 3.0]], [[1, 0, 1]]),
    "slice": (lambda x: x[1:], [[1.0, 2.0, 3.0]], [[0, 1, 1]]),
    "set_item": (put, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[0, 0, 1], [0, 1, 1]]),
    "concat": (lambda a, b: F.concat([a, b])[:1], [[1.0], [2.0]], [[1], [0]]),
    "stack": (lambda a, b: F.stack([a, b])[0], [[1.0], [2.0]], [[1], [0]]),
    "sqrt of relu": (lambda x: F.sqrt(F.relu(x)), [[-1.0, 4.0]], [[0, 1]]),
    "log of clip": (lambda x: F.log(F.clip(x, 0.0, 1.0)), [[-1.0, 0.5]], [[0, 1]]),
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("g", [np.inf, -np.inf, np.nan, 1.0])
@pytest.mark.parametrize("name", TABLE)
def test_unselected_elements_get_exactly_0(name: str, g: float, dtype: Any) -> None:
    function, arrays, selected = TABLE[name]
    xs = [np.array(a, dtype) for a in arrays]
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = function(*(Tensor(x, dtype) for x in xs)).shape
        found = gradients(function, xs, np.full(shape, g, dtype))
    for got, wanted in zip(found, selected, strict=True):
        here = np.array(wanted, bool)
        np.testing.assert_array_equal(got[~here], 0)
        if not np.isfinite(g) and name != "pow":
            assert not np.isfinite(got[here]).any()


@pytest.mark.parametrize("shape", [(4, 3, 8, 8), (600, 3, 20, 20)], ids=["small", "in shares"])
@pytest.mark.parametrize("function", [F.relu, lambda x: F.max_pool2d(x, 2)])
def test_an_infinite_gradient_affects_one_element(function: Any, shape: tuple[int, ...]) -> None:
    x = np.random.RandomState(0).randn(*shape).astype("f4")
    dy = np.ones(function(Tensor(x)).shape, "f4")
    dy[0, 0, 1, 1] = np.inf
    (got,) = gradients(function, [x], dy)
    assert not np.isnan(got).any()
    assert np.isinf(got).sum() <= 1


def test_dropout_drops_infinite_values_and_gradients() -> None:
    fineopt.random.seed(0)
    x = Tensor(np.full(100, np.inf))
    with GradManager().attach(x) as gm:
        y = F.dropout(x, 0.5)
        gm.backward(y, Tensor(np.full(100, np.nan)))
    dropped = y.numpy() == 0
    assert 20 < dropped.sum() < 80
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy()[dropped], 0)
    assert np.isnan(x.grad.numpy()[~dropped]).all()


@pytest.mark.parametrize("op", [F.max, F.min])
def test_a_nan_extreme_gets_the_gradient(op: Any) -> None:
    (got,) = gradients(op, [np.array([1.0, np.nan, 2.0])], np.array(3.0))
    np.testing.assert_array_equal(got, [0, 3, 0])
