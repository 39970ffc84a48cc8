"""What the tests of all lessons' exercises do."""

from __future__ import annotations

import types
from typing import Any

import pytest

from fineopt.practice import Exercise


def exercises(lesson: types.ModuleType) -> list[Any]:
    """Return a lesson's exercises as test parameters."""
    return [pytest.param(getattr(lesson, name), id=name) for name in lesson.__all__]


def solve(exercise: Exercise) -> None:
    """Give an exercise its own solution: an expression, or the functions that some code defines."""
    code = exercise._solution
    if "def " not in code:
        exercise.check(eval(code))
        return
    names: dict[str, Any] = {"__name__": "solution"}
    exec(code, names)
    made = [value for value in names.values() if getattr(value, "__module__", "") == "solution"]
    exercise.check(made[0] if len(made) == 1 else tuple(made))
