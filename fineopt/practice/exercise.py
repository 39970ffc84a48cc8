"""An exercise that checks an answer, and says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Exercise", "number"]


class Exercise:
    """A question whose answer is judged when it is given.

    Args:
        judge: says what is wrong with an answer, in words that help on; None if it is right, and
            dots if it has not been given yet.
        hint: where to look.
        solution: an answer that is right, as source code, with a word why.
        why: said of a right answer.

    >>> double = Exercise(number(4, "twice two"), hint="add", solution="4", why="2 + 2 is 4.")
    >>> double.check(...)
    Not answered yet: put your answer in place of the dots, and run the cell again.
    >>> double.check(5)
    Not yet: 5 is not twice two. hint() may help.
    >>> double.check(4)
    Right. 2 + 2 is 4.
    """

    def __init__(self, judge: Callable[[Any], Any], *, hint: str, solution: str, why: str) -> None:
        self._judge, self._hint, self._solution, self._why = judge, hint, solution, why
        self.solved = False

    def check(self, answer: Any = ...) -> None:
        """Print whether an answer is right, and why or why not."""
        try:
            wrong = ... if answer is None or answer is ... else self._judge(answer)
        except Exception as error:  # junk is an answer too, and a wrong one
            wrong = f"this answer can't be used: {error}"
        self.solved = wrong is None
        if wrong is ...:
            print("Not answered yet: put your answer in place of the dots, and run the cell again.")
        else:
            print(f"Right. {self._why}" if wrong is None else f"Not yet: {wrong} hint() may help.")

    def hint(self) -> None:
        """Print where to look."""
        print(f"Hint: {self._hint}")

    def solution(self) -> None:
        """Print an answer that is right."""
        print(f"Solution:\n{self._solution}\n{self._why}")


def number(right: float, what: str, *, slips: dict[float, str] | None = None) -> Any:
    """Return a judge of numbers, which knows what some wrong ones come from.

    >>> number(5.0, "the ratio", slips={0.2: "This is its inverse."})(0.2)
    '0.2 is not the ratio. This is its inverse.'
    """

    def judge(answer: Any) -> str | None:
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            return f"a number is asked for, not {answer!r}."
        if abs(answer - right) <= 1e-9 * abs(right):
            return None
        near = [why for slip, why in (slips or {}).items() if abs(answer - slip) <= 1e-9]
        return " ".join([f"{answer} is not {what}.", *near])

    return judge
