"""Functions: error messages with the shapes involved, dtypes, dropout and one_hot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
import fineopt.module as M
from fineopt import Tensor

IMAGE = Tensor(np.zeros((2, 3, 8, 8)))
LOGITS = Tensor(np.zeros((2, 3)))
MATRIX = Tensor(np.zeros((2, 4)))

REFUSED: list[tuple[Callable[[], Any], type[Exception], list[str]]] = [
    (lambda: F.linear(MATRIX, np.zeros((5, 3))), ValueError, ["(2, 4)", "(5, 3)"]),
    (lambda: F.linear(MATRIX, np.zeros((5, 4)), np.zeros(4)), ValueError, ["(4,)", "(5, 4)"]),
    (lambda: F.conv2d(IMAGE, np.zeros((5, 1, 3, 3))), ValueError, ["(2, 3, 8, 8)", "(5, 1, 3, 3)"]),
    (lambda: F.conv2d(MATRIX, np.zeros((5, 1, 3, 3))), ValueError, ["(N, C, H, W)", "(2, 4)"]),
    (lambda: F.conv2d(IMAGE, np.zeros((5, 3, 9, 3))), ValueError, ["8x8", "9x3"]),
    (lambda: F.conv2d(IMAGE, np.zeros((5, 3, 3, 3)), np.zeros(5)), ValueError, ["(1, 5, 1, 1)"]),
    (lambda: F.conv2d(IMAGE, np.zeros((5, 3, 3, 3)), stride=0), ValueError, ["stride", "0"]),
    (lambda: F.conv2d(IMAGE, np.zeros((5, 3, 3, 3)), padding=0.5), ValueError, ["padding", "0.5"]),
    (lambda: F.conv2d(IMAGE, np.zeros((5, 3, 3, 3)), groups=3), ValueError, ["groups=3"]),
    (lambda: F.max_pool2d(IMAGE, 9), ValueError, ["(2, 3, 8, 8)", "9"]),
    (lambda: F.max_pool2d(IMAGE, 2, padding=2), ValueError, ["padding (2, 2)", "half"]),
    (lambda: F.avg_pool2d(IMAGE, (2, 2, 2)), ValueError, ["kernel_size", "(2, 2, 2)"]),
    (lambda: F.avg_pool2d(IMAGE, True), ValueError, ["kernel_size"]),
    (lambda: F.avg_pool2d(IMAGE, 2, mode="mean"), ValueError, ["average", "'mean'"]),
    (lambda: F.dropout(LOGITS, 1.0), ValueError, ["drop_prob", "1.0"]),
    (lambda: F.batch_norm(IMAGE), ValueError, ["running_mean"]),
    (lambda: F.batch_norm(IMAGE[:1, :, :1, :1], training=True), ValueError, ["variance"]),
    (lambda: F.batch_norm(IMAGE, weight=np.ones(3), training=True), ValueError, ["(1, 3, 1, 1)"]),
    (lambda: F.batch_norm(IMAGE[0, 0, 0], training=True), ValueError, ["(8,)"]),
    (lambda: F.loss.cross_entropy(LOGITS, [0, 3]), ValueError, ["label 3", "[1]", "3 classes"]),
    (lambda: F.loss.cross_entropy(LOGITS, [-1, 0]), ValueError, ["label -1", "[0]"]),
    (lambda: F.loss.cross_entropy(LOGITS, [0.0, 1.0]), TypeError, ["integer labels", "float64"]),
    (lambda: F.loss.cross_entropy(LOGITS, [True, False]), TypeError, ["integer labels", "bool"]),
    (lambda: F.loss.cross_entropy(LOGITS, [[0], [1]]), ValueError, ["(2, 1)", "(2, 3)", "(2,)"]),
    (lambda: F.loss.cross_entropy(LOGITS, [0, 1, 2]), ValueError, ["(3,)", "(2, 3)"]),
    (lambda: F.loss.cross_entropy(LOGITS[:0], np.zeros(0, int)), ValueError, ["no samples"]),
    (lambda: F.loss.cross_entropy(LOGITS[0], 0), ValueError, ["axis 1"]),
    (lambda: F.loss.cross_entropy(LOGITS, [0, 1], reduction="avg"), ValueError, ["'avg'"]),
    (lambda: F.loss.cross_entropy(LOGITS, [0, 1], label_smooth=1), ValueError, ["label_smooth"]),
    (lambda: F.loss.cross_entropy(LOGITS, [0, 1], with_logits=False), ValueError, ["logits"]),
    (lambda: F.loss.square_loss(LOGITS, MATRIX), ValueError, ["square_loss", "(2, 3)", "(2, 4)"]),
    (lambda: F.loss.l1_loss(LOGITS, MATRIX), ValueError, ["l1_loss", "(2, 3)", "(2, 4)"]),
    (lambda: F.concat([]), ValueError, ["at least one"]),
    (lambda: F.concat([LOGITS, MATRIX]), ValueError, ["(2, 3)", "(2, 4)", "tensor 1"]),
    (lambda: F.concat([LOGITS, LOGITS], 2), ValueError, ["axis 2"]),
    (lambda: F.stack([]), ValueError, ["at least one"]),
    (lambda: F.stack([LOGITS, MATRIX]), ValueError, ["(2, 3)", "(2, 4)"]),
    (lambda: F.stack([LOGITS], -4), ValueError, ["axis -4"]),
    (lambda: F.flatten(LOGITS, 2), ValueError, ["axis 2"]),
    (lambda: F.flatten(IMAGE, 2, 1), ValueError, ["after"]),
    (lambda: F.reshape(LOGITS, (4, 2)), ValueError, ["(2, 3)", "(4,2)"]),
    (lambda: F.transpose(LOGITS, (2, 0)), ValueError, ["(2, 0)", "(2, 3)"]),
    (lambda: F.transpose(LOGITS, (0, 0)), ValueError, ["(0, 0)", "(2, 3)"]),
    (lambda: F.matmul(LOGITS, MATRIX), ValueError, ["matmul", "(2, 3) and (2, 4)"]),
    (lambda: F.broadcast_to(LOGITS, (3, 3)), ValueError, ["(2, 3)"]),
    (lambda: F.clip(LOGITS), ValueError, ["lower, upper"]),
    (lambda: F.clip(LOGITS, 2, 1), ValueError, ["lower 2.0", "upper 1.0"]),
    (lambda: F.one_hot(Tensor([0, 3]), 3), ValueError, ["0 to 3", "3 classes"]),
    (lambda: F.one_hot(Tensor([0.0])), TypeError, ["float32"]),
    (lambda: F.sum(LOGITS, axis=2), ValueError, ["sum", "(2, 3)", "axis 2"]),
    # unsupported names
    (lambda: F.conv3d, AttributeError, ["does not provide", "'conv3d'", "'conv2d'"]),
    (lambda: F.nn.max_pool1d, AttributeError, ["does not provide", "'max_pool2d'"]),
    (lambda: F.loss.ctc_loss, AttributeError, ["does not provide", "'ctc_loss'"]),
    (lambda: M.ConvTranspose2d, AttributeError, ["does not provide", "Conv2d"]),
]


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED)
def test_error_messages(call: Callable[[], Any], kind: type[Exception], words: list[str]) -> None:
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_functions_are_in_megengines_namespaces() -> None:
    for name in ("cross_entropy", "square_loss", "l1_loss"):
        assert getattr(F.nn, name) is getattr(F.loss, name)
    assert F.nn.one_hot is F.one_hot
    assert F.nn.relu is F.relu


REAL_VALUED = (F.exp, F.sqrt, F.sigmoid, F.tanh, F.softmax, F.logsoftmax, F.leaky_relu, F.mean)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "bool"])
@pytest.mark.parametrize("function", REAL_VALUED)
def test_integers_in_floats_out(function: Callable[[Any], Tensor], dtype: str) -> None:
    x = Tensor(np.array([[1, 0], [1, 1]], dtype), dtype)
    got = function(x)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, function(x.astype("float32")))


def test_uint8_images_are_converted_to_floats() -> None:
    image = np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4)
    for f in (
        lambda x: F.conv2d(x, np.ones((1, 1, 2, 2), "float32")),
        lambda x: F.max_pool2d(x, 2, 1, 1),
        lambda x: F.avg_pool2d(x, 2),
        lambda x: F.batch_norm(x, training=True),
    ):
        got = f(image)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, f(image.astype("float32")), rtol=1e-6)


def test_an_array_combined_with_a_float64_tensor_keeps_its_precision() -> None:
    x = Tensor([0.1], "float64")
    for got, wanted in (
        (F.maximum(x, 0.3), 0.3),
        (F.minimum(np.array([0.01]), x), 0.01),
        (F.where([False], x, 0.3), 0.3),
        (F.loss.l1_loss(x, np.array([0.3])), 0.2),
        (x + np.array([0.2]), 0.1 + 0.2),
    ):
        assert got.dtype == np.float64
        np.testing.assert_allclose(got, wanted, rtol=1e-15)


def test_dropout_drops_a_fraction_and_keeps_the_mean() -> None:
    fineopt.random.seed(0)
    x = Tensor(np.ones((200, 100)))
    got = F.dropout(x, 0.3).numpy()
    assert set(np.unique(got)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs((got == 0).mean() - 0.3) < 0.01
    assert abs(got.mean() - 1) < 0.02


def test_dropout_repeats_under_a_seed_and_differs_without() -> None:
    x = Tensor(np.ones(100))

    def drawn() -> list[float]:
        return F.dropout(x, 0.5).tolist()

    fineopt.random.seed(3)
    first, second = drawn(), drawn()
    fineopt.random.seed(3)
    assert first == drawn()
    assert first != second


def test_one_hot_rows() -> None:
    got = F.one_hot([[1], [2]])
    assert got.shape == (2, 1, 3)
    np.testing.assert_array_equal(got.reshape(2, 3), np.eye(3)[[1, 2]])
    assert F.one_hot(np.zeros(0, int), 4).shape == (0, 4)


def test_empty_batches_pass_through_every_layer() -> None:
    net = M.Sequential(M.Conv2d(3, 2, 3), M.ReLU(), M.MaxPool2d(2), M.Flatten(), M.Linear(18, 4))
    assert net(IMAGE[:0]).shape == (0, 4)
