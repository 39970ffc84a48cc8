"""An exercise that checks an answer and explains the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..language import say
from .judging.mistakes import describe_error

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

    The texts are English; each is shown in the learner's language, by `say`.

    Args:
        judge: returns what is wrong with an answer, or None if the answer is correct.
        asks: the question.
        hint: advice on finding the answer, without the answer.
        solution: source code of a correct answer: an expression, or function definitions.
        why: explanation of the correct answer.
        goal: which of the lesson's goals it tests, counted from 1; 0 for none of them.

    Attributes:
        solved: whether the last answer checked is correct.
        solution_code: the source code passed as `solution`.

    >>> from fineopt.practice.judging.judges import number
    >>> double = Exercise(
    ...     number(4, "twice two"), asks="Twice two?", hint="add", solution="4", why="2 + 2 is 4."
    ... )
    >>> double
    Exercise: Twice two? (not solved yet)
    >>> double.check(...)
    Not answered yet: replace the dots with your answer and run the cell again.
    >>> double.check(5)
    Not yet: 5 is not twice two. hint() may help.
    >>> double.check(4)
    Right. 2 + 2 is 4.
    >>> double
    Exercise: Twice two? (solved)
    """

    def __init__(
        self, judge: Judge, *, asks: str, hint: str, solution: str, why: str, goal: int = 0
    ) -> None:
        self._judge, self._asks, self._hint, self._why = judge, asks, hint, why
        self.goal = goal
        self.solution_code = solution
        self.solved = False

    def __repr__(self) -> str:
        state = say("solved" if self.solved else "not solved yet")
        return say("Exercise: {question} ({state})", question=self.question, state=state)

    @property
    def question(self) -> str:
        """What the exercise asks, in the learner's language."""
        return say(self._asks)

    def check(self, *answer: Any) -> None:
        """Print whether an answer is correct, and why or why not.

        Several arguments are one answer, a tuple. A running check can be interrupted.
        """
        self.solved = False
        given = answer[0] if len(answer) == 1 else (answer or ...)
        try:
            wrong = self._judge(answered(... if given is None else given))
        except Unanswered:
            print(
                say("Not answered yet: replace the dots with your answer and run the cell again.")
            )
            return
        except (Exception, SystemExit) as error:  # raised by the answer, or by what it returned
            wrong = describe_error(error)
        self.solved = wrong is None
        if wrong is None:
            print(say("Right. {why}", why=self._praise()))
        else:
            print(say("Not yet: {wrong} hint() may help.", wrong=wrong))

    def hint(self) -> None:
        """Print a hint."""
        print(say("Hint: {hint}", hint=say(self._hint)))

    def solution(self) -> None:
        """Print a correct answer and its explanation."""
        solution = say("Solution:\n{code}\n{why}", code=self.solution_code, why=say(self._why))
        print(solution)

    def _praise(self) -> str:
        return say(self._why)
