"""An exercise that checks an answer and explains the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..language import say

__all__ = ["Exercise", "Judge", "Unanswered", "answered"]

Judge = Callable[[Any], str | None]


class Unanswered(Exception):
    """The answer is still the placeholder `...` or None."""


def answered(answer: Any) -> Any:
    """Return the answer; raise Unanswered if it is the placeholder `...`."""
    if answer is ...:
        raise Unanswered
    return answer


class Exercise:
    """A question whose answer is checked by a function.

    Args:
        judge: returns what is wrong with an answer, or None if the answer is correct.
        hint: advice on finding the answer.
        solution: source code of a correct answer: an expression, or function definitions.
        why: explanation of the correct answer.

    Attributes:
        solved: whether the last answer checked is correct.
        solution_code: the source code passed as `solution`.

    >>> from fineopt.practice.judges import number
    >>> double = Exercise(number(4, "twice two"), hint="add", solution="4", why="2 + 2 is 4.")
    >>> double.check(...)
    Not answered yet: replace the dots with your answer and run the cell again.
    >>> double.check(5)
    Not yet: 5 is not twice two. hint() may help.
    >>> double.check(4)
    Right. 2 + 2 is 4.
    """

    def __init__(self, judge: Judge, *, hint: str, solution: str, why: str) -> None:
        self._judge, self._hint, self._why = judge, hint, why
        self.solution_code = solution
        self.solved = False

    def check(self, answer: Any = ...) -> None:
        """Print whether an answer is correct, and why or why not."""
        self.solved = False
        try:
            wrong = self._judge(answered(... if answer is None else answer))
        except Unanswered:
            print("Not answered yet: replace the dots with your answer and run the cell again.")
            return
        except Exception as error:  # raised by the answer, or by the judge that received it
            wrong = f"checking this answer raised {type(error).__name__}: {error}"
            wrong += "" if wrong.endswith((".", "?")) else "."
        self.solved = wrong is None
        if wrong is None:
            print(say("Right. {why}", why=self._why))
        else:
            print(f"Not yet: {wrong} hint() may help.")

    def hint(self) -> None:
        """Print a hint."""
        print(say("Hint: {hint}", hint=self._hint))

    def solution(self) -> None:
        """Print a correct answer and its explanation."""
        print(f"Solution:\n{self.solution_code}\n{self._why}")
