"""Exercises that check themselves, one module a lesson."""

from . import lesson_00, lesson_01, lesson_02, lesson_03
from .exercise import Exercise

__all__ = ["Exercise", "lesson_00", "lesson_01", "lesson_02", "lesson_03"]
