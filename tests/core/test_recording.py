"""GradManager: which operations are recorded, and when recordings begin, nest and end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fineopt import Parameter, Tensor, ops
from fineopt.autodiff import GradManager
from fineopt.core.tape import recording
from fineopt.core.tensor import apply
from fineopt.models import LeNet
from tests.support.tensors import grad


@pytest.fixture(autouse=True)
def nothing_is_left_recording() -> Iterator[None]:
    yield
    assert recording.tapes == []


# ---- only required operations ----


def count_vjps(op: Any, calls: list[str], name: str) -> Any:
    def counted(*arrays: Any, **options: Any) -> Any:
        value, *vjps = op(*arrays, **options)

        def counting(i: int, vjp: Any) -> Any:
            def called(g: Any) -> Any:
                calls.append(f"{name}{i}")
                return vjp(g)

            return called

        return value, *(counting(i, vjp) for i, vjp in enumerate(vjps))

    return counted


def test_backward_calls_only_vjps_on_a_path_to_an_attached_tensor() -> None:
    calls: list[str] = []

    def mul(name: str, a: Tensor, b: Tensor) -> Tensor:
        return apply(count_vjps(ops.mul, calls, name), a, b)

    x, frozen, w1, w2 = (Parameter([float(i)]) for i in range(2, 6))
    gm = GradManager().attach([w1, w2])
    with gm:
        features = mul("features", x, frozen)  # leads to nothing attached: not even recorded
        hidden = mul("hidden", features, w1)
        _ = mul("aside", hidden, w2)  # recorded, but y does not come from it
        y = mul("y", hidden, w2)
        gm.backward(y)
    assert sorted(calls) == ["hidden1", "y0", "y1"]
    assert (grad(w1), grad(w2)) == ([30.0], [24.0])


def test_frozen_first_layers_are_not_differentiated(monkeypatch: pytest.MonkeyPatch) -> None:
    net = LeNet()
    calls: list[str] = []
    for name in ("conv2d", "max_pool2d", "linear", "relu"):
        monkeypatch.setattr(ops, name, count_vjps(getattr(ops, name), calls, name))
    last = [p for name, p in net.named_parameters() if "classifer" in name]
    with GradManager().attach(last) as gm:
        gm.backward(net(Tensor(np.zeros((1, 1, 32, 32)))).sum())
    assert sorted(calls) == ["linear1", "linear2"]


# ---- two managers ----


def test_recordings_of_two_managers_nest() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    outer, inner = GradManager().attach(a), GradManager().attach([a, b])
    with outer, inner:
        y = a * b
        inner.backward(y)
        assert (grad(a), grad(b)) == ([3.0], [2.0])
        outer.backward(y * a)
    assert (grad(a), grad(b)) == ([3.0 + 2 * 2 * 3], [2.0])


def test_recordings_overlap_without_nesting() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    first, second = GradManager().attach(a), GradManager().attach(b)
    first.record()
    x = a * 2
    second.record()
    y = x * b
    first.backward(y)
    z = y * b
    second.backward(z)
    assert (grad(a), grad(b)) == ([6.0], [24.0])


def test_differentiating_a_gradient_of_an_inner_manager_raises() -> None:
    w, x = Parameter([2.0]), Tensor([3.0])
    outer, inner = GradManager().attach(w), GradManager().attach(x)
    with outer:
        with inner:
            inner.backward(w * x * x)
        assert x.grad.sum().item() == 12.0  # to look at it is no harm
        penalty = (x.grad * x.grad).sum()
        with pytest.raises(RuntimeError, match="second derivatives"):
            outer.backward(penalty + w)
    assert w.grad is None


@pytest.mark.parametrize(
    "use",
    [
        lambda g: g.detach(),
        lambda g: Tensor(g.numpy()),
        lambda g: g.item(),
    ],
)
def test_a_gradient_can_be_used_as_a_constant(use: Any) -> None:
    w, x = Parameter([2.0]), Tensor([3.0])
    outer, inner = GradManager().attach(w), GradManager().attach(x)
    with outer:
        with inner:
            inner.backward(w * x * x)
        outer.backward(w * use(x.grad))
    assert grad(w) == [12.0]


def test_an_inner_gradient_independent_of_outer_tensors_is_a_constant() -> None:
    w, x = Parameter([2.0]), Tensor([3.0])
    outer, inner = GradManager().attach(w), GradManager().attach(x)
    with outer:
        with inner:
            inner.backward(x * x)
        outer.backward(w * x.grad)
    assert grad(w) == [6.0]


# ---- threads ----


def test_each_thread_has_its_own_recordings() -> None:
    results: dict[int, Any] = {}
    barrier = threading.Barrier(2, timeout=30)

    def work(i: int) -> None:
        a = Parameter([float(i)])
        with GradManager().attach(a) as gm:
            barrier.wait()  # both record now
            y = a * a
            assert len(recording.tapes) == 1
            barrier.wait()
            gm.backward(y)
        results[i] = grad(a)

    threads = [threading.Thread(target=work, args=(i,)) for i in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {1: [2.0], 2: [4.0]}


def test_another_thread_can_end_a_recording() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    gm.record()
    y = a * a
    thread = threading.Thread(target=gm.backward, args=(y,))
    thread.start()
    thread.join()
    assert grad(a) == [4.0]
    assert recording.tapes == []
