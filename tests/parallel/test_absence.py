"""Without threads, threadpoolctl or glibc, as in WebAssembly, everything runs in one thread."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each removes a feature in a fresh interpreter, after NumPy and before fineopt is imported.
NO_PLATFORM = "import sys; sys.platform = 'emscripten'"
NO_THREADS = """
import threading
def start(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
"""
NO_START = "import threading; del threading.Thread.start"
NO_THREADPOOLCTL = "import sys; sys.modules['threadpoolctl'] = None"
NO_CTYPES = "import sys; sys.modules['ctypes'] = None"
NO_LIBC = """
import ctypes
class CDLL(ctypes.CDLL):
    def __init__(self, name, *args, **options):
        if name is None:
            raise TypeError("no C library")
        super().__init__(name, *args, **options)
ctypes.CDLL = CDLL
"""
NO_FORK = "import os; del os.fork, os.register_at_fork"
ABSENT = {
    "the platform": NO_PLATFORM,
    "threads": NO_THREADS,
    "Thread.start": NO_START,
    "threadpoolctl": NO_THREADPOOLCTL,
    "ctypes": NO_CTYPES,
    "glibc": NO_LIBC,
    "fork": NO_FORK,
    "all": "\n".join([NO_THREADS, NO_LIBC, NO_FORK, NO_THREADPOOLCTL, NO_PLATFORM]),
}

TRAIN = """
import threading
import numpy as np
import fineopt, fineopt.functional as F, fineopt.optimizer as optim
from fineopt import parallel
from fineopt.autodiff import GradManager
from fineopt.models import LeNet

net = LeNet()
gm, optimizer = GradManager().attach(net.parameters()), optim.SGD(net.parameters(), lr=0.01)
x, y = np.random.RandomState(0).randn(200, 1, 32, 32), np.arange(200) % 10
with parallel.one_blas_thread:
    pass
parts = []
parallel.share(parts.append, 10, 1 << 24)
parallel.multiply(parts.append, 10, 1 << 30)
assert sum(part.stop - part.start for part in parts) == 20
for _ in range(2):
    optimizer.clear_grad()
    with gm:
        gm.backward(F.loss.cross_entropy(net(fineopt.tensor(x)), y))
    optimizer.step()
assert all(np.isfinite(p.numpy()).all() for p in net.parameters())
print("threads", threading.active_count())
"""


@pytest.mark.parametrize("absent", ABSENT)
def test_a_network_trains_without(absent: str) -> None:
    code = "import numpy\n" + ABSENT[absent] + TRAIN
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    if absent not in ("ctypes", "glibc", "fork"):  # these may leave threads usable
        assert done.stdout == "threads 1\n"


def test_importing_fineopt_loads_no_threadpoolctl_and_sets_no_malloc_option() -> None:
    code = """
import ctypes, sys
calls = []
plain = ctypes.CDLL.__getattr__
def noted(self, name):
    if name == "mallopt":
        calls.append(name)
    return plain(self, name)
ctypes.CDLL.__getattr__ = noted
import fineopt
from fineopt.autodiff import GradManager
assert "threadpoolctl" not in sys.modules
assert not calls
x = fineopt.Tensor([1.0])
gm = GradManager().attach(x)
for _ in range(2):
    with gm:
        gm.backward(x * x)
print(len(calls))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.stderr, done.stdout) == ("", "1\n")
