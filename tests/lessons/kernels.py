"""Which kernels of OpenBLAS work on this machine, tested with NumPy in another process."""

from __future__ import annotations

import functools
import os
import subprocess
import sys

# Shapes and layouts as in a lesson. Some kernels crash in NumPy 2.5 itself although the processor
# supports them; others need instructions that an older processor lacks.
MULTIPLY = """
import numpy as np
for dtype in ("f4", "f8"):
    for n in (1, 3, 16, 64, 200, 500):
        a = np.random.RandomState(n).rand(n, n).astype(dtype)
        exact = np.einsum("ij,jk->ik", a, a)
        for product in (a @ a, (a.T @ a.T).T, np.stack([a, a]) @ a):
            np.testing.assert_allclose(product, np.broadcast_to(exact, product.shape), 1e-3)
        np.testing.assert_allclose(a @ a[0], (a * a[0]).sum(1), 1e-3)
"""


@functools.cache
def why_not(kernel: str, code: str = MULTIPLY) -> str | None:
    """Return how NumPy itself fails with a kernel of OpenBLAS, or None."""
    environ = {**os.environ, "OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": "2"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    how = f"signal {-done.returncode}" if done.returncode < 0 else f"exit {done.returncode}"
    last = done.stderr.strip().splitlines()[-1:]
    return f"OpenBLAS's {kernel} kernel fails in plain NumPy here: {': '.join([how, *last])}"
