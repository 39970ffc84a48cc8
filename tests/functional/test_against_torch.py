"""Values and gradients against PyTorch, if installed, in float64 for random shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fineopt.functional as F
from fineopt import Tensor
from tests.support.gradcheck import distinct, gradients
from tests.support.peers import import_torch

torch = import_torch()
T = torch.nn.functional
Rng = np.random.RandomState
Arrays = list[np.ndarray]


def some(*sizes: int) -> Callable[[Rng], Arrays]:
    """Arrays of random shapes with the given numbers of axes."""
    return lambda rng: distinct(rng, *(tuple(rng.randint(1, 5, n)) for n in sizes))


def alike(rng: Rng) -> Arrays:
    shape = tuple(rng.randint(1, 5, 3))
    return distinct(rng, shape, shape)


def broadcast(rng: Rng) -> Arrays:
    shape = rng.randint(1, 5, 3)
    return distinct(rng, tuple(shape * [1, 0, 1] + [0, 1, 0]), tuple(shape[1:]))


def positive(make: Callable[[Rng], Arrays]) -> Callable[[Rng], Arrays]:
    return lambda rng: [np.abs(a) + 0.2 for a in make(rng)]


def products(rng: Rng) -> Arrays:
    b, n, k, m = rng.randint(1, 5, 4)
    return distinct(rng, (b, n, k), (k, m))


def layers(rng: Rng) -> Arrays:
    n, i, o = rng.randint(1, 6, 3)
    return distinct(rng, (n, i), (o, i), (o,))


def images(rng: Rng) -> Arrays:
    return distinct(rng, (*rng.randint(1, 4, 2), *rng.randint(5, 9, 2)))


def filters(rng: Rng) -> Arrays:
    (x,) = images(rng)
    k = rng.randint(1, 4)
    return distinct(rng, x.shape, (k, x.shape[1], *rng.randint(1, 5, 2)), (1, k, 1, 1))


def channels(rng: Rng) -> Arrays:
    (x,) = images(rng)
    c = (1, x.shape[1], 1, 1)
    return distinct(rng, (x.shape[0] + 1, *x.shape[1:]), c, c)


def logits(rng: Rng) -> Arrays:
    return distinct(rng, (4, rng.randint(3, 6)))


LABELS = np.array([2, 0, 1, 2])
TABLE: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[[Rng], Arrays]]] = {
    "add": (lambda a, b: a + b, torch.add, broadcast),
    "sub": (lambda a, b: a - b, torch.sub, broadcast),
    "mul": (lambda a, b: a * b, torch.mul, broadcast),
    "div": (lambda a, b: a / b, torch.div, broadcast),
    "mod": (lambda a, b: a % b, torch.remainder, broadcast),
    "pow": (lambda a, b: a**b, torch.pow, positive(broadcast)),
    "neg": (lambda a: -a, torch.neg, some(2)),
    "abs": (F.abs, torch.abs, some(3)),
    "exp": (F.exp, torch.exp, some(2)),
    "log": (F.log, torch.log, positive(some(2))),
    "sqrt": (F.sqrt, torch.sqrt, positive(some(2))),
    "maximum": (F.maximum, torch.maximum, broadcast),
    "minimum": (F.minimum, torch.minimum, broadcast),
    "where": (lambda a, b: F.where(a > b, a, b * b), lambda a, b: a.where(a > b, b * b), broadcast),
    "clip": (lambda a: F.clip(a, -1, 0.7), lambda a: a.clamp(-1, 0.7), some(2)),
    "matmul": (F.matmul, torch.matmul, products),
    "sum": (lambda a: F.sum(a, (0, -1)), lambda a: a.sum((0, -1)), some(3)),
    "mean": (lambda a: F.mean(a, 1, True), lambda a: a.mean(1, True), some(3)),
    "prod": (lambda a: F.prod(a, -2), lambda a: a.prod(-2), some(3)),
    "max": (lambda a: F.max(a, -1), lambda a: a.amax(-1), some(3)),
    "min": (F.min, torch.amin, some(3)),
    "relu": (F.relu, T.relu, some(3)),
    "leaky_relu": (lambda a: F.leaky_relu(a, 0.2), lambda a: T.leaky_relu(a, 0.2), some(3)),
    "sigmoid": (F.sigmoid, torch.sigmoid, some(2)),
    "tanh": (F.tanh, torch.tanh, some(2)),
    "softmax": (lambda a: F.softmax(a, 1), lambda a: a.softmax(1), some(3)),
    "logsoftmax": (lambda a: F.logsoftmax(a, 0), lambda a: a.log_softmax(0), some(2)),
    "flatten": (lambda a: F.flatten(a, 1), lambda a: a.flatten(1), some(3)),
    "reshape": (lambda a: F.reshape(a, (-1,)), lambda a: a.reshape(-1), some(3)),
    "transpose": (lambda a: F.transpose(a, (2, 0, 1)), lambda a: a.permute(2, 0, 1), some(3)),
    "broadcast_to": (
        lambda a: F.broadcast_to(a, (2, *a.shape)),
        lambda a: a.broadcast_to((2, *a.shape)),
        some(2),
    ),
    "concat": (
        lambda a, b: F.concat([a, b], -1),
        lambda a, b: torch.concat([a, b], -1),
        alike,
    ),
    "stack": (lambda a, b: F.stack([a, b], 1), lambda a, b: torch.stack([a, b], 1), alike),
    "get_item": (lambda a: a[..., [0, -1, 0]], lambda a: a[..., [0, -1, 0]], some(2)),
    "linear": (F.linear, T.linear, layers),
    "conv2d": (
        lambda x, w, b: F.conv2d(x, w, b, (2, 1), (0, 2)),
        lambda x, w, b: T.conv2d(x, w, b.flatten(), (2, 1), (0, 2)),
        filters,
    ),
    "max_pool2d": (
        lambda x: F.max_pool2d(x, (3, 2), (2, 1), (1, 0)),
        lambda x: T.max_pool2d(x, (3, 2), (2, 1), (1, 0)),
        images,
    ),
    "max_pool2d of ties": (
        lambda x: F.max_pool2d(x * 0, 3, 2, 1),
        lambda x: T.max_pool2d(x * 0, 3, 2, 1),
        images,
    ),
    "avg_pool2d": (
        lambda x: F.avg_pool2d(x, 3, 2, 1),
        lambda x: T.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
        images,
    ),
    "avg_pool2d counting padding": (
        lambda x: F.avg_pool2d(x, 3, 1, 1, mode="average"),
        lambda x: T.avg_pool2d(x, 3, 1, 1),
        images,
    ),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, weight=w, bias=b, training=True),
        lambda x, w, b: T.batch_norm(x, None, None, w.flatten(), b.flatten(), training=True),
        channels,
    ),
    "dropout in evaluation": (
        lambda x: F.dropout(x, 0.5, training=False),
        lambda x: T.dropout(x, 0.5, training=False),
        some(2),
    ),
    "cross_entropy": (
        lambda x: F.loss.cross_entropy(x, LABELS),
        lambda x: T.cross_entropy(x, torch.tensor(LABELS)),
        logits,
    ),
    "cross_entropy, smoothed": (
        lambda x: F.loss.cross_entropy(x, LABELS, label_smooth=0.1, reduction="sum"),
        lambda x: T.cross_entropy(x, torch.tensor(LABELS), label_smoothing=0.1, reduction="sum"),
        logits,
    ),
    "cross_entropy of each": (
        lambda x: F.loss.cross_entropy(x, LABELS, reduction="none"),
        lambda x: T.cross_entropy(x, torch.tensor(LABELS), reduction="none"),
        logits,
    ),
    "square_loss": (F.loss.square_loss, T.mse_loss, alike),
    "l1_loss": (F.loss.l1_loss, T.l1_loss, alike),
}


def test_the_table_contains_every_differentiable_function() -> None:
    named = {name.split(" ")[0].rstrip(",") for name in TABLE}
    without = {"argmax", "argmin", "one_hot", "nn", "loss"}
    assert named >= {*F.__all__, *F.nn.__all__, *F.loss.__all__} - without


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TABLE)
def test_value_and_gradients(name: str, seed: int) -> None:
    ours, theirs, make = TABLE[name]
    rng = np.random.RandomState(seed)
    arrays = make(rng)
    others = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = theirs(*others)
    value = ours(*(Tensor(a, "float64") for a in arrays))
    np.testing.assert_allclose(value.numpy(), expected.detach().numpy(), rtol=1e-6, atol=1e-9)
    dy = np.asarray(rng.randn(*value.shape))
    expected.backward(torch.tensor(dy))
    for got, other in zip(gradients(ours, arrays, dy), others, strict=True):
        np.testing.assert_allclose(got, other.grad.numpy(), rtol=1e-6, atol=1e-9)
