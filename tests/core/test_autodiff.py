"""GradManager: recording, backward and the gradients it computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import fineopt.optimizer as optim
from fineopt import Parameter, Tensor
from fineopt.autodiff import GradManager
from fineopt.core.tape import recording
from tests.support.tensors import grad


@pytest.fixture(autouse=True)
def nothing_is_left_recording() -> Iterator[None]:
    yield
    assert recording.tapes == []


def test_record_and_release() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    gm.record()
    y = a * a
    gm.backward(y)
    assert grad(a) == [4.0]
    gm.record()
    y = a * a
    gm.release()
    with pytest.raises(RuntimeError, match="released"):
        gm.backward(y)
    gm.release()  # twice is no harm
    assert grad(a) == [4.0]


def test_gradients_accumulate_until_cleared() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    for wanted in (4.0, 8.0, 12.0):
        with gm:
            gm.backward(a * a)
        assert grad(a) == [wanted]
    optim.SGD([a], lr=0.1).clear_grad()
    assert a.grad is None


def test_accumulation_leaves_the_earlier_gradient_tensor_unchanged() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    with gm:
        gm.backward(a * a)
    first = a.grad
    with gm:
        gm.backward(a * a)
    assert first.tolist() == [4.0]


def test_multiple_outputs_with_gradients() -> None:
    a = Parameter([1.0, 2.0])

    def run(pick: Callable[[Tensor, Tensor], Any], dy: Any) -> Any:
        a.grad = None
        with GradManager().attach(a) as gm:
            gm.backward(pick(a * a, a * 3), dy)
        return grad(a)

    dy, dz = Tensor([1.0, 10.0]), Tensor([5.0, 0.5])
    assert run(lambda y, z: [y, z], [dy, dz]) == [17.0, 41.5]
    assert run(lambda y, z: (y, z), None) == [5.0, 7.0]
    assert run(lambda y, z: y, dy) == [2.0, 40.0]
    assert run(lambda y, z: y, [1.0, 10.0]) == [2.0, 40.0]
    assert run(lambda y, z: y, [dy]) == [2.0, 40.0]
    assert run(lambda y, z: [y], dy) == [2.0, 40.0]
    assert run(lambda y, z: [y, y], [dy, dy]) == [4.0, 80.0]
    assert run(lambda y, z: [y, a], [dy, dz]) == [7.0, 40.5]  # an attached tensor as output


@pytest.mark.parametrize(
    ("y", "dy", "kind", "words"),
    [
        (lambda a: a * 1, Tensor([1.0]), ValueError, "(1,)"),
        (lambda a: [a * 1, a * 2], [Tensor([1.0, 1.0])], ValueError, "2 outputs"),
        (lambda a: [a * 1, 3.0], None, TypeError, "y[1] is a float"),
        (lambda a: 3.0, None, TypeError, "float"),
        (lambda a: Tensor([1.0]), None, RuntimeError, "does not depend on any attached tensor"),
        (lambda a: a > 0, None, RuntimeError, "does not depend on any attached tensor"),
    ],
)
def test_backward_validates_its_arguments(
    y: Any, dy: Any, kind: type[Exception], words: str
) -> None:
    a = Parameter([1.0, 2.0])
    gm = GradManager().attach(a)
    with gm:
        with pytest.raises(kind) as caught:
            gm.backward(y(a), dy)
        assert words in str(caught.value)
        assert a.grad is None
        gm.backward(a * 2)  # nothing was lost: the recording goes on
    assert grad(a) == [2.0, 2.0]


def test_backward_without_a_recording() -> None:
    a = Parameter([1.0])
    gm = GradManager().attach(a)
    y = a * 2
    with pytest.raises(RuntimeError, match="inside `with gm:`"):
        gm.backward(y)
    with gm:
        y = a * 2
        gm.backward(y)
        with pytest.raises(RuntimeError, match="already been called"):
            gm.backward(y)
    with pytest.raises(RuntimeError, match="already been called"):
        gm.backward(y)
    with gm:
        y = a * 2
    with pytest.raises(RuntimeError, match="inside the block"):
        gm.backward(y)
    assert grad(a) == [2.0]


def test_a_forward_pass_before_the_recording_is_not_differentiated() -> None:
    a = Parameter([1.0])
    y = a * 2
    gm = GradManager().attach(a)
    with gm, pytest.raises(RuntimeError, match="inside this `with gm:`"):
        gm.backward(y)


def test_a_second_recording_of_one_manager_raises() -> None:
    gm = GradManager().attach(Parameter([1.0]))
    with gm, pytest.raises(RuntimeError, match="already recording"):
        gm.record()


def test_an_exception_ends_the_recording() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    with pytest.raises(ZeroDivisionError), gm:
        _ = a * a / (1 / 0)
    with gm:
        gm.backward(a * a)
    assert grad(a) == [4.0]


def test_a_deleted_manager_releases_its_parameters() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    gm.record()
    _ = a * a
    del gm
    a[...] = 1
    assert a.tolist() == [1.0]


# ---- gradients ----


def test_gradients_share_no_memory() -> None:
    a, b = Parameter([1.0, 2.0]), Parameter([3.0, 4.0])
    with GradManager().attach([a, b]) as gm:
        gm.backward((a + b).sum())
    optim.clip_grad_norm([a, b], max_norm=1.0)  # scales each in place, once
    np.testing.assert_allclose([a.grad, b.grad], np.full((2, 2), 0.5), rtol=1e-5)


def test_the_gradient_of_a_scalar_is_an_array() -> None:
    a = Parameter(3.0)
    gm = GradManager().attach(a)
    for _ in range(2):
        with gm:
            gm.backward(a * a)
    assert type(a.grad.numpy()) is np.ndarray
    assert a.grad.dtype == "float32"
    assert a.grad.item() == 12.0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_has_the_dtype_of_its_tensor(dtype: str) -> None:
    a = Parameter([1.0, 2.0], dtype)
    with GradManager().attach(a) as gm:
        y = a * Tensor([1.0], "float64") + a.astype("float64") * Tensor([1.0], "float32")
        gm.backward(y.astype("float32").sum())
    assert a.grad.dtype == dtype
    assert grad(a) == [2.0, 2.0]
