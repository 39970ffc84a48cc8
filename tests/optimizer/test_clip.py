"""Gradient clipping."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt import Parameter, Tensor
from fineopt.optimizer import clip_grad_norm, clip_grad_value
from tests.support.peers import import_torch

from .cases import gradients, parameters, set_gradients


@pytest.fixture
def params():
    made = parameters()
    set_gradients(made, 1)
    return made


@pytest.mark.parametrize("ord", [1.0, 2, 3.5, "inf", float("inf")])
@pytest.mark.parametrize("max_norm", [0.5, 1e6, 0.0])
def test_the_norm_is_that_of_all_gradients_as_one_vector(params, ord, max_norm):
    vector = np.concatenate([g.ravel() for g in gradients(1)])
    norm = np.linalg.norm(vector, float(ord))
    found = clip_grad_norm(params, max_norm, ord)
    np.testing.assert_allclose(found.item(), norm, rtol=1e-12)
    scale = min(1.0, max_norm / (norm + 1e-6))
    for p, g in zip(params, gradients(1), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), g * scale, rtol=1e-12)
        assert p.grad.shape == p.shape


@pytest.mark.parametrize("ord", [1.0, 2.0, float("inf")])
def test_it_agrees_with_pytorch(params, ord):
    torch = import_torch()
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in params]
    for p, g in zip(theirs, gradients(1), strict=True):
        p.grad = torch.tensor(g)
    norm = torch.nn.utils.clip_grad_norm_(theirs, 0.5, ord)
    np.testing.assert_allclose(clip_grad_norm(params, 0.5, ord).item(), norm.item())
    for p, q in zip(params, theirs, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-10)


def test_clipping_values(params):
    clip_grad_value(params, -0.5, 0.25)
    for p, g in zip(params, gradients(1), strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), np.clip(g, -0.5, 0.25))


@pytest.mark.parametrize(
    "clip", [lambda p: clip_grad_norm(p, 0.1), lambda p: clip_grad_value(p, -0.1, 0.1)]
)
def test_shared_arrays_are_not_modified(clip):
    a, b, c = Parameter([1.0]), Parameter([1.0]), Parameter([1.0])
    shared = Tensor([4.0])
    a.grad = b.grad = shared
    clip(iter([a, b, c, a]))  # one that comes twice is clipped and counted once
    assert shared.tolist() == [4.0]
    assert a.grad.tolist() == b.grad.tolist() != [4.0]
    assert c.grad is None


def test_a_single_tensor():
    x = Tensor([1.0])
    x.grad = Tensor([4.0])
    assert clip_grad_norm(x, 1.0).item() == 4.0
    clip_grad_value(x, 0.0, 0.5)
    assert x.grad.tolist() == [0.5]


def test_without_gradients_the_norm_is_0():
    assert clip_grad_norm([Parameter([1.0])], 1.0).item() == 0.0
    assert clip_grad_norm([], 1.0).item() == 0.0


def test_the_dtype_is_kept():
    p = Parameter([1.0], np.float32)
    p.grad = Tensor([4.0], np.float32)
    assert clip_grad_norm([p], 1.0).dtype == p.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: clip_grad_norm(p, -1.0), ValueError, "max_norm must be at least 0, not -1.0"),
        (lambda p: clip_grad_norm(p, None), TypeError, "max_norm must be a number, not None"),
        (lambda p: clip_grad_norm(p, float("nan")), ValueError, "max_norm must be finite"),
        (lambda p: clip_grad_norm(p, 1.0, 0), ValueError, "ord must be positive, not 0"),
        (lambda p: clip_grad_norm(p, 1.0, "two"), TypeError, "ord must be a number or 'inf'"),
        (lambda p: clip_grad_norm(3, 1.0), TypeError, "takes Tensors, not a int"),
        (
            lambda p: clip_grad_norm([(x.name, x) for x in p], 1.0),
            TypeError,
            "item 0 is a tuple: pass parameters(), not named_parameters()",
        ),
        (
            lambda p: clip_grad_value(p, 1.0, -1.0),
            ValueError,
            "lower 1.0 must not be greater than upper -1.0",
        ),
        (lambda p: clip_grad_value(p, None, 1.0), TypeError, "lower must be a number, not None"),
        (lambda p: clip_grad_value([*p, 3], 0.0, 1.0), TypeError, "item 4 is a int"),
    ],
)
def test_invalid_input_raises_and_changes_nothing(params, call, error, message):
    with pytest.raises(error) as caught:
        call(params)
    assert message in str(caught.value)
    for p, g in zip(params, gradients(1), strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), g)


def test_a_gradient_that_is_an_array_raises(params):
    params[1].grad = np.zeros(params[1].shape)
    with pytest.raises(TypeError, match=r"'conv.weight' .* is a ndarray, not a Tensor"):
        clip_grad_norm(params, 1.0)


# ---- overflow, underflow and nonfinite numbers ----


def of(*gradients, dtype="float32"):
    made = [Parameter(np.zeros(np.shape(g)), dtype) for g in gradients]
    for p, g in zip(made, gradients, strict=True):
        p.grad = Tensor(np.array(g), dtype)
    return made


@pytest.mark.parametrize("ord", [0.5, 1, 2, 3.5, 50.0, "inf"])
@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        ("float16", 1e4),
        ("float16", 1e-4),
        ("float32", 1e20),
        ("float32", 4e37),
        ("float32", 1e-30),
        ("float32", 1e-40),
        ("float64", 1e200),
        ("float64", 1e307),
        ("float64", 1e-200),
    ],
)
def test_no_size_overflows_or_vanishes(dtype, size, ord):
    params = of([3 * size, 0.0], [[-4 * size]], dtype=dtype)
    sizes = np.array([float(np.abs(p.grad.numpy()).max()) for p in params]).astype(np.longdouble)
    power = np.longdouble(ord)
    top = sizes.max()
    norm = top if ord == "inf" else top * ((sizes / top) ** power).sum() ** (1 / power)
    before = [p.grad.numpy() for p in params]
    found = clip_grad_norm(params, 0.5, ord)
    np.testing.assert_allclose(
        float(found.item()), float(norm), rtol=2e-3 if "16" in dtype else 1e-6
    )
    scale = min(1, 0.5 / (norm + np.longdouble(1e-6)))
    for p, g in zip(params, before, strict=True):
        assert p.grad.dtype == dtype
        expected = (g * scale).astype(dtype)
        np.testing.assert_allclose(p.grad.numpy(), expected, rtol=1e-3 if "16" in dtype else 1e-6)


def test_finite_gradients_are_clipped_even_if_their_norm_overflows():
    params = of([1.5e308, 1.5e308], dtype="float64")
    assert clip_grad_norm(params, 1.0).item() == float("inf")
    np.testing.assert_allclose(params[0].grad.numpy(), [0.5**0.5] * 2)


def test_a_norm_beyond_the_dtype_is_returned_in_float64():
    norm = clip_grad_norm(of([3e38, 3e38]), 1.0)
    assert norm.dtype == np.float64
    np.testing.assert_allclose(norm.item(), 3e38 * 2**0.5, rtol=1e-6)


@pytest.mark.parametrize("ord", [0.5, 1, 2, "inf"])
@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_a_nonfinite_gradient_changes_nothing_and_warns(wrong, ord):
    params = of([3.0, 4.0], [wrong, 1.0])
    with pytest.warns(RuntimeWarning, match=r"gradient of parameter 1 .*no gradient is clipped"):
        norm = clip_grad_norm(params, 1.0, ord)
    np.testing.assert_equal(norm.item(), abs(wrong))
    with pytest.raises(RuntimeError, match="gradient of parameter 1"):
        clip_grad_norm(params, 1.0, ord, error_if_nonfinite=True)
    np.testing.assert_array_equal(params[0].grad.numpy(), [3, 4])
    np.testing.assert_array_equal(params[1].grad.numpy(), [wrong, 1])


def test_nonfinite_values():
    (p,) = of([np.inf, -np.inf, np.nan, 3.0])
    clip_grad_value(p, -1.0, 2.0)
    np.testing.assert_array_equal(p.grad.numpy(), [2, -1, np.nan, 2])
    clip_grad_value(p, -1e300, 1e300)  # beyond float32
    np.testing.assert_array_equal(p.grad.numpy(), [2, -1, np.nan, 2])


def test_integer_and_empty_gradients():
    p = Parameter([0.0, 0.0])
    p.grad = Tensor([3, 4])
    assert clip_grad_norm([p, *of(np.zeros((0, 3)))], 1.0).item() == 5.0
    np.testing.assert_allclose(p.grad.numpy(), [0.6, 0.8], rtol=1e-6)
