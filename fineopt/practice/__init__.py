"""Exercises that check themselves, one module or folder per lesson."""

from . import lesson_00, lesson_01, lesson_02, lesson_03, lesson_04, lesson_05, lesson_06
from .exercise import Exercise
from .judging.counting import count_vjps
from .open_task import OpenTask

__all__ = [
    "Exercise",
    "OpenTask",
    "count_vjps",
    "lesson_00",
    "lesson_01",
    "lesson_02",
    "lesson_03",
    "lesson_04",
    "lesson_05",
    "lesson_06",
]
