"""What is solved in a lesson, and what is left."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..language import say
from .exercise import Exercise

__all__ = ["exercises_of", "progress_of"]


def exercises_of(module: str) -> dict[str, Exercise]:
    """Return the exercises that a module of this package makes public, by name, in order."""
    lesson = sys.modules[module]
    public = {name: getattr(lesson, name) for name in lesson.__all__}
    return {name: value for name, value in public.items() if isinstance(value, Exercise)}


def progress_of(module: str) -> Callable[[], None]:
    """Return a function that prints which exercises of a module are solved.

    >>> progress_of("fineopt.practice.lesson_00").__name__
    'progress'
    """

    def progress() -> None:
        """Print which exercises of the lesson are solved, and what is left."""
        exercises = exercises_of(module)
        solved = sum(exercise.solved for exercise in exercises.values())
        print(say("{solved} of {total} exercises are solved.", solved=solved, total=len(exercises)))
        for name, exercise in exercises.items():
            print(f"[{'x' if exercise.solved else ' '}] {name}: {exercise.question}")
        if solved < len(exercises):
            left = ", ".join(name for name, exercise in exercises.items() if not exercise.solved)
            print(say("Left: {names}", names=left))
        else:
            print(say("All are solved."))

    return progress
