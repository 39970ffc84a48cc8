"""Work in shares: equal results for any number of threads, and propagated errors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import fineopt
import fineopt.functional as F
from fineopt import ops, parallel
from fineopt.autodiff import GradManager
from fineopt.models import LeNet

MANY = 1 << 26  # elements or multiplications: enough for every thread


def blas_threads() -> list[int]:
    return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]


@pytest.fixture
def two_threads() -> Iterator[None]:
    """Two BLAS threads, even if the machine or the environment limits them to one."""
    with threadpool_limits(2, user_api="blas"):
        if 2 not in blas_threads():
            pytest.skip("NumPy's BLAS here has no threads that can be set")
        yield


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("run", [parallel.share, parallel.multiply])
def test_shares_cover_everything_once_with_all_threads(run: Callable[..., None], size: int) -> None:
    seen = np.zeros(size, int)
    threads: set[str] = set()

    def work(part: slice) -> None:
        seen[part] += 1
        threads.add(threading.current_thread().name)
        assert min(blas_threads()) == 1  # within a share

    run(work, size, MANY)
    assert np.all(seen == 1)
    assert len(threads) == min(size, 2)
    assert 2 in blas_threads()


@pytest.mark.usefixtures("two_threads")
def test_one_thread_or_little_work_runs_in_the_caller() -> None:
    parts: list[tuple[slice, str]] = []

    def work(part: slice) -> None:
        parts.append((part, threading.current_thread().name))

    parallel.share(work, 10, 1000)
    with threadpool_limits(1, user_api="blas"):
        parallel.share(work, 10, MANY)
    assert parts == [(slice(0, 10), threading.current_thread().name)] * 2


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("failing", [0, 5], ids=["the caller's share", "another's"])
def test_an_error_in_a_share_is_raised_and_restores_the_threads(failing: int) -> None:
    def work(part: slice) -> None:
        if part.start == failing:
            raise ZeroDivisionError(f"in {part.start}")

    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match=f"in {failing}"):
            parallel.share(work, 10, MANY)
        assert 2 in blas_threads()


@pytest.mark.usefixtures("two_threads")
def test_numpy_errors_are_raised_in_every_share() -> None:
    x = np.ones(10)

    def work(part: slice) -> None:
        if part.start:
            x[part] / 0

    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        parallel.share(work, 10, MANY)
    with np.errstate(divide="ignore"):
        parallel.share(work, 10, MANY)


@pytest.mark.usefixtures("two_threads")
def test_nested_and_concurrent_shares_complete() -> None:
    done = np.zeros((8, 100), int)

    def outer(row: int) -> None:
        def inner(part: slice) -> None:
            parallel.share(lambda p: done[row, part][p].__iadd__(1), part.stop - part.start, MANY)

        parallel.share(inner, 100, MANY)

    threads = [threading.Thread(target=outer, args=(row,)) for row in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.all(done == 1)
    assert 2 in blas_threads()


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("batch", [16, 300])
def test_lenet_agrees_with_one_thread_and_two(batch: int) -> None:
    rng = np.random.RandomState(0)
    x = fineopt.tensor(rng.randn(batch, 1, 32, 32).astype("f4"))
    y = fineopt.tensor(rng.randint(0, 10, batch))
    fineopt.random.seed(0)
    net = LeNet()
    gm = GradManager().attach(net.parameters())

    def grads() -> list[np.ndarray]:
        for p in net.parameters():
            p.grad = None
        with gm:
            loss = F.loss.cross_entropy(net(x), y)
            gm.backward(loss)
        return [
            loss.numpy(),
            *(p.grad.numpy().copy() for p in net.parameters() if p.grad is not None),
        ]

    two = grads()
    assert len(two) == 11
    with threadpool_limits(1, user_api="blas"):
        one = grads()
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("order", ["C", "F"])
def test_relu_of_a_large_array_in_any_layout(order: Literal["C", "F"]) -> None:
    x = np.random.RandomState(0).randn(800, 3, 40, 50).astype("f4").copy(order)
    y, vjp = ops.relu(x)
    np.testing.assert_array_equal(y, np.where(x > 0, x, 0))
    np.testing.assert_array_equal(vjp(np.ascontiguousarray(x)), np.where(x > 0, x, 0))


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("shape", [(4,), (7, 4), (2, 3, 4), (3000,), (2, 300, 500)], ids=str)
@pytest.mark.parametrize("out", [3, 6, 2500])
def test_linear_of_any_shape_with_and_without_shares(shape: tuple[int, ...], out: int) -> None:
    rng = np.random.RandomState(0)
    x, w, b = rng.randn(*shape), rng.randn(out, shape[-1]), rng.randn(out)
    y, vjp_x, vjp_w, _ = ops.linear(x, w, b)
    np.testing.assert_allclose(y, x @ w.T + b, atol=1e-9)
    g = rng.randn(*y.shape)
    np.testing.assert_allclose(vjp_x(g), g @ w, atol=1e-9)
    by_row = g.reshape(-1, out).T @ x.reshape(-1, shape[-1])
    np.testing.assert_allclose(vjp_w(g), by_row, atol=1e-9)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.usefixtures("two_threads")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_starts_its_own_workers() -> None:
    def count() -> int:
        seen = np.zeros(100, int)
        parallel.share(lambda part: seen[part].__iadd__(1), 100, MANY)
        return int(seen.sum())

    assert count() == 100
    child = os.fork()
    if child == 0:
        os._exit(count() - 100)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
