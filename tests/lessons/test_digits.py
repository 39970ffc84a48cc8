"""Printed digits do not depend on the BLAS kernel or the number of threads.

Of each machine, `make test` tries the lesson that trains in the least time, and `make digits` all.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.lessons.kernels import why_not
from tests.lessons.notebooks import LESSONS, read, run, texts

ALL = sorted((LESSONS / "en").glob("0[0-5]*.ipynb"))
TRIED = ALL if os.environ.get("DIGITS") else [LESSONS / "en" / "04-freezing-parameters.ipynb"]
# An empty name stands for the default kernel, which is never skipped.
MACHINES = [("", 2), ("Nehalem", 1), ("Haswell", 2), ("SkylakeX", 1), ("Zen", 1)]


@pytest.mark.parametrize("lesson", TRIED, ids=lambda path: path.stem)
@pytest.mark.parametrize(("kernel", "threads"), MACHINES)
def test_a_lesson_prints_the_same_on_another_machine(
    lesson: Path, kernel: str, threads: int
) -> None:
    machine = {"OPENBLAS_NUM_THREADS": str(threads)}
    if kernel:
        machine["OPENBLAS_CORETYPE"] = kernel
        if why := why_not(kernel):
            pytest.skip(f"{why} (NumPy {np.__version__})")
    assert texts(run(lesson, machine)) == texts(read(lesson))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; os.kill(os.getpid(), 11)", "signal 11"),
        ("import os; os.kill(os.getpid(), 4)", "signal 4"),
        ("raise ValueError('not equal')", "exit 1: ValueError: not equal"),
    ],
)
def test_a_failing_kernel_is_reported(code: str, says: str) -> None:
    assert why_not("Zen", code) == f"OpenBLAS's Zen kernel fails in plain NumPy here: {says}"


def test_the_default_kernel_works() -> None:
    assert why_not("") is None
