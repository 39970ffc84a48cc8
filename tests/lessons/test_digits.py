"""Every printed digit is the same on any BLAS kernel and thread count."""

from __future__ import annotations

import pytest

from tests.lessons.notebooks import LESSONS, read, run, texts

LESSON = LESSONS / "en" / "01-learning-rate-per-group.ipynb"
MACHINES = [
    {"OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Haswell"},
    {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "SkylakeX"},
    {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Zen"},
]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: "-".join(machine.values()))
def test_a_lesson_prints_the_same_on_another_machine(machine: dict[str, str]) -> None:
    assert texts(run(LESSON, machine)) == texts(read(LESSON))
