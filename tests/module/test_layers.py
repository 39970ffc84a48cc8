"""Layers: outputs, initialisation and running statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
import fineopt.module as M
from fineopt import Parameter, Tensor
from fineopt.autodiff import GradManager
from tests.support.peers import import_torch

X = Tensor(np.random.RandomState(0).randn(3, 2, 6, 6))


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [
        (M.Identity(), X),
        (M.ReLU(), F.relu(X)),
        (M.LeakyReLU(0.2), F.leaky_relu(X, 0.2)),
        (M.Sigmoid(), F.sigmoid(X)),
        (M.Tanh(), F.tanh(X)),
        (M.Softmax(1), F.softmax(X, 1)),
        (M.Flatten(), F.flatten(X, 1)),
        (M.MaxPool2d(3, 2, 1), F.max_pool2d(X, 3, 2, 1)),
        (M.MaxPool2d(3), F.max_pool2d(X, 3, 3)),
        (M.AvgPool2d(3, 2, 1), F.avg_pool2d(X, 3, 2, 1)),
        (M.AvgPool2d(3, 1, 1, mode="average"), F.avg_pool2d(X, 3, 1, 1, "average")),
        (M.Dropout(0.5).eval(), X),
        (M.Sequential(), X),
        (M.Sequential({"a": M.ReLU(), "b": M.Tanh()}), F.tanh(F.relu(X))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_layer_without_parameters_equals_its_function(layer: M.Module, wanted: Tensor) -> None:
    np.testing.assert_array_equal(layer(X), wanted)
    assert list(layer.parameters()) == []


def test_sequential_is_a_sequence() -> None:
    net = M.Sequential(M.ReLU(), M.Tanh())
    assert [type(module) for module in net] == [M.ReLU, M.Tanh]
    assert (len(net), type(net[-1])) == (2, M.Tanh)
    with pytest.raises(IndexError):
        net[2]


@pytest.mark.parametrize("bias", [True, False])
def test_layers_with_parameters(bias: bool) -> None:
    conv = M.Conv2d(2, 4, (3, 2), stride=2, padding=(1, 0), bias=bias)
    wanted = F.conv2d(X, conv.weight, conv.bias, 2, (1, 0))
    np.testing.assert_array_equal(conv(X), wanted)
    fc = M.Linear(6, 5, bias=bias)
    np.testing.assert_array_equal(fc(X), F.linear(X, fc.weight, fc.bias))
    assert len(list(conv.parameters())) == len(list(fc.parameters())) == 1 + bias


# ---- initialisation ----


@pytest.mark.parametrize(
    ("init", "mean", "std"),
    [
        (lambda x: M.init.fill_(x, 3), 3, 0),
        (M.init.zeros_, 0, 0),
        (M.init.ones_, 1, 0),
        (lambda x: M.init.normal_(x, 1, 2), 1, 2),
        (lambda x: M.init.uniform_(x, -1, 3), 1, 4 / 12**0.5),
        # fan in 20 * 9 = 180, fan out 60 * 9 = 540
        (M.init.xavier_normal_, 0, (2 / 720) ** 0.5),
        (lambda x: M.init.xavier_uniform_(x, gain=2), 0, 2 * (2 / 720) ** 0.5),
        (M.init.msra_normal_, 0, (2 / 180) ** 0.5),
        (lambda x: M.init.msra_normal_(x, mode="fan_out"), 0, (2 / 540) ** 0.5),
        (lambda x: M.init.msra_uniform_(x, nonlinearity="tanh"), 0, 5 / 3 / 180**0.5),
        (lambda x: M.init.msra_uniform_(x, a=1), 0, (1 / 180) ** 0.5),
    ],
)
def test_initialisers_have_the_documented_mean_and_variance(
    init: Any, mean: float, std: float
) -> None:
    fineopt.random.seed(0)
    x = Parameter(np.full((60, 20, 3, 3), np.nan))
    init(x)
    error = 4 * std / x.size**0.5
    assert abs(x.numpy().mean(dtype=float) - mean) <= error + 1e-9
    assert abs(x.numpy().std(dtype=float) - std) <= error + 1e-9


def test_layers_initialise_like_megengine_and_repeat_with_a_seed() -> None:
    def make() -> list[np.ndarray]:
        fineopt.random.seed(5)
        layers = [M.Conv2d(16, 40, 5), M.Linear(400, 120)]
        return [p.numpy() for layer in layers for p in layer.parameters()]

    conv_bias, conv, fc_bias, fc = make()
    assert not conv_bias.any()
    assert not fc_bias.any()
    np.testing.assert_allclose([conv.std(), fc.std()], [400**-0.5] * 2, rtol=0.03)
    for first, second in zip(make(), make(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_reset_parameters_works_in_place() -> None:
    for layer in (M.Linear(2, 2), M.Conv2d(1, 1, 2), M.BatchNorm2d(3)):
        before = [id(p) for p in layer.parameters()]
        for p in layer.parameters():
            p[...] = 9
        layer.reset_parameters()
        assert [id(p) for p in layer.parameters()] == before
        assert not any((p.numpy() == 9).any() for p in layer.parameters())


# ---- batch normalisation ----


def statistics(norm: M.Module) -> list[np.ndarray]:
    return [x.numpy().ravel() for _, x in norm.named_buffers()]


@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_against_pytorch(affine: bool) -> None:
    torch = import_torch()
    rng = np.random.RandomState(0)
    for ours, theirs, shape in (
        (M.BatchNorm2d(3, momentum=0.7, affine=affine), torch.nn.BatchNorm2d, (4, 3, 2, 5)),
        (M.BatchNorm1d(3, momentum=0.7, affine=affine), torch.nn.BatchNorm1d, (4, 3)),
        (M.BatchNorm1d(3, momentum=0.7, affine=affine), torch.nn.BatchNorm1d, (4, 3, 5)),
    ):
        other = theirs(3, momentum=0.3, affine=affine)  # what stays here is what comes there
        for p, q in zip(ours.parameters(), sorted_parameters(other), strict=True):
            p[...] = rng.randn(*p.shape)
            q.data = torch.tensor(p.numpy().ravel())
        for mode in (True, True, False):
            ours.train(mode)
            other.train(mode)
            data = (rng.randn(*shape) * 3 + 1).astype("float32")
            dy = rng.randn(*shape).astype("float32")
            x, y = Tensor(data), torch.tensor(data, requires_grad=True)
            with GradManager().attach([x, *ours.parameters()]) as gm:
                got, wanted = ours(x), other(y)
                gm.backward(got, Tensor(dy))
            wanted.backward(torch.tensor(dy))
            np.testing.assert_allclose(got, wanted.detach(), rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(x.grad, y.grad, rtol=1e-4, atol=1e-5)
        for p, q in zip(ours.parameters(), sorted_parameters(other), strict=True):
            np.testing.assert_allclose(p.grad.numpy().ravel(), q.grad, rtol=1e-4, atol=1e-4)
        mean, var = statistics(ours)
        np.testing.assert_allclose(mean, other.running_mean, rtol=1e-5)
        np.testing.assert_allclose(var, other.running_var, rtol=1e-5)


def sorted_parameters(module: Any) -> list[Any]:
    return [p for _, p in sorted(module.named_parameters())]


def test_batch_norm_updates_running_statistics_by_the_formula() -> None:
    norm = M.BatchNorm2d(2, momentum=0.9)
    norm(X)
    data = X.numpy()
    mean, var = statistics(norm)
    np.testing.assert_allclose(mean, 0.1 * data.mean((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(var, 0.9 + 0.1 * data.var((0, 2, 3), ddof=1), rtol=1e-5)
    norm.eval()
    before = statistics(norm)
    norm(X)
    np.testing.assert_array_equal(statistics(norm), before)


def test_a_frozen_batch_norm_is_constant_in_training_too() -> None:
    norm = M.BatchNorm2d(2, freeze=True)
    other = M.BatchNorm2d(2).eval()
    before = statistics(norm)
    x = Tensor(X.numpy())
    with GradManager().attach([x, *norm.parameters()]) as gm:
        y = norm(x)
        gm.backward(y.sum())
    np.testing.assert_array_equal(y, other(X))
    np.testing.assert_array_equal(statistics(norm), before)
    assert x.grad is not None
    assert [p.grad for p in norm.parameters()] == [None, None]


def test_not_attaching_does_not_freeze_running_statistics() -> None:
    norm = M.BatchNorm2d(2)
    before = statistics(norm)
    with GradManager():
        norm(X)
    assert not np.array_equal(statistics(norm), before)


def test_without_running_statistics_evaluation_uses_the_batch() -> None:
    norm = M.BatchNorm2d(2, track_running_stats=False).eval()
    np.testing.assert_allclose(norm(X).mean((0, 2, 3)), [0, 0], atol=1e-6)
    assert list(norm.buffers()) == []


def test_dropout_only_in_training() -> None:
    layer = M.Dropout(0.5)
    assert (layer(X).numpy() == 0).any()
    assert layer.eval()(X) is X
