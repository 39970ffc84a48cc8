"""Tests that the exercises of every lesson share."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fineopt.practice import Exercise
from fineopt.practice.progress import exercises_of

Answer = tuple[str, Any, str]  # name of the exercise, an answer, part of what check() prints


def exercises(lesson: types.ModuleType) -> dict[str, Exercise]:
    """Return the exercises of a lesson by name."""
    return exercises_of(lesson.__name__)


def answers_test(lesson: types.ModuleType, answers: Sequence[Answer]) -> Callable[..., None]:
    """Return a test that checks each answer, and that every exercise occurs in the table."""
    assert {name for name, _, _ in answers} == set(exercises(lesson))

    @pytest.mark.parametrize(("name", "answer", "message"), answers)
    def test(name: str, answer: Any, message: str, capsys: pytest.CaptureFixture[str]) -> None:
        exercise = exercises(lesson)[name]
        exercise.check(answer)
        assert message in capsys.readouterr().out
        assert exercise.solved == (message == "Right")

    return test


def solutions_test(lesson: types.ModuleType) -> Callable[..., None]:
    """Return a test that each exercise prints a hint and a solution, and accepts the solution."""

    @pytest.mark.parametrize("name", exercises(lesson))
    def test(name: str, capsys: pytest.CaptureFixture[str]) -> None:
        exercise = exercises(lesson)[name]
        exercise.hint()
        exercise.solution()
        printed = capsys.readouterr().out
        assert printed.startswith("Hint: ")
        assert f"Solution:\n{exercise.solution_code}\n" in printed
        exercise.check(run(exercise.solution_code))
        assert exercise.solved

    return test


def run(code: str) -> Any:
    """Return the value of an expression, or the one or two functions that code defines."""
    if "def " not in code:
        return eval(code)
    names: dict[str, Any] = {"__name__": "solution"}
    exec(code, names)
    made = [value for value in names.values() if getattr(value, "__module__", "") == "solution"]
    return made[0] if len(made) == 1 else tuple(made)
