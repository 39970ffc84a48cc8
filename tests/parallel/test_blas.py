"""The number of BLAS threads is restored after interrupts and concurrent limits."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from fineopt import parallel
from fineopt.parallel import one_blas_thread
from fineopt.parallel.blas import Blas, numpys_blas
from tests.support.injection import interrupted

MANY = 1 << 26  # elements or multiplications: enough for every thread


@pytest.fixture
def blas() -> Iterator[Blas]:
    """NumPy's BLAS, set to two threads."""
    found = numpys_blas()
    if found is None:
        pytest.skip("NumPy's BLAS here has no threads that can be set")
    before = found.get()
    found.set(2)
    if found.get() != 2:
        pytest.skip("NumPy's BLAS here has no threads that can be set")
    yield found
    found.set(before)


def threads_of_a_share() -> int:
    names: list[str] = []
    parallel.share(lambda _: names.append(threading.current_thread().name), 10, MANY)
    return len(set(names))


@pytest.mark.parametrize("run", [parallel.share, parallel.multiply])
def test_an_interrupt_at_any_line_leaves_the_threads_unchanged(blas: Blas, run: Any) -> None:
    line, read = 1, blas.read
    while interrupted(line, lambda: run(lambda _: None, 10, MANY)):
        assert (blas.get(), read()) == (2, 2), line
        assert threads_of_a_share() == 2, line
        assert (blas.get(), read()) == (2, 2), line
        line += 1
    assert line > 40


def test_the_next_share_restores_threads_after_a_lost_end(blas: Blas) -> None:
    assert blas.begin() == 2
    assert (blas.get(), blas.read()) == (2, 1)
    assert threads_of_a_share() == 2
    assert (blas.get(), blas.read()) == (2, 2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_line_of_a_limit_restores_the_threads(blas: Blas) -> None:
    def limited() -> None:
        with one_blas_thread:
            assert blas.get() == 1

    line = 1
    while interrupted(line, limited):
        assert (blas.get(), blas.read()) == (2, 2), line
        limited()
        line += 1
    assert line > 10


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_limit_entered_during_a_share_of_another_thread_lasts_until_its_exit(
    blas: Blas, limit: int
) -> None:
    for _ in range(50):
        sharing_now, entered = threading.Barrier(2), threading.Event()

        def work(part: slice, begun: Any = sharing_now, entered: Any = entered) -> None:
            if part.start == 0:
                begun.wait(60)
                assert entered.wait(60)

        other = threading.Thread(target=parallel.share, args=(work, 10, MANY))
        other.start()
        sharing_now.wait(60)
        with threadpool_limits(limit, user_api="blas"):
            entered.set()
            other.join()
            assert (blas.get(), blas.read()) == (limit, limit)
        assert (blas.get(), blas.read()) == (2, 2)


def test_a_share_leaves_other_threads_in_control_of_blas(blas: Blas) -> None:
    threads_of_a_share()
    seen: list[int] = []

    def limit() -> None:
        with threadpool_limits(1, user_api="blas"):
            seen.append(blas.read())

    other = threading.Thread(target=limit)
    other.start()
    other.join()
    assert (seen, blas.read()) == ([1], 2)


@pytest.mark.usefixtures("blas")
@pytest.mark.parametrize("kind", ["call", "log", "raise"])
def test_workers_use_the_errstate_of_the_caller(kind: Any) -> None:
    told: list[str] = []

    class Log:
        def write(self, message: str) -> None:
            told.append(message)

    def note(error: str, _: int) -> None:
        told.append(error)

    def work(part: slice) -> None:
        if part.start:
            np.ones(3) / np.zeros(3)

    call = {"call": note, "log": Log()}.get(kind)
    with np.errstate(all=kind, call=call), suppress(FloatingPointError):
        parallel.share(work, 10, MANY)
        assert kind != "raise"
    assert len(told) == (kind != "raise")


AFTER_THE_MAIN_THREAD = """
import threading
from fineopt import parallel
from fineopt.parallel.blas import numpys_blas
numpys_blas() and numpys_blas().set(2)
parts = []
def late():
    threading.main_thread().join()
    parallel.share(parts.append, 10, 1 << 24)
    assert sum(part.stop - part.start for part in parts) == 10
    print("done")
threading.Thread(target=late).start()
"""
AT_THE_VERY_END = """
from fineopt import parallel
from fineopt.parallel.blas import numpys_blas
numpys_blas() and numpys_blas().set(2)
parallel.share(lambda part: None, 10, 1 << 24)
class Last:
    def __del__(self, share=parallel.share, say=print):
        share(lambda part: None, 10, 1 << 24)
        say("done", flush=True)
last = Last()
"""


@pytest.mark.parametrize("code", [AFTER_THE_MAIN_THREAD, AT_THE_VERY_END], ids=["after", "end"])
def test_a_share_during_interpreter_shutdown_completes(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("done\n", "")
