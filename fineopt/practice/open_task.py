"""An open task: an answer gets a score, and there is one to beat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..language import say
from .exercise import Exercise

__all__ = ["OpenTask"]

Score = Callable[[Any], float | str]


class OpenTask(Exercise):
    """An exercise without one right answer: any that beats a score is accepted.

    Args:
        score: returns the score of an answer, from 0 to 1, or what is wrong with the answer.
        beat: the score to beat.
        texts: `asks`, `hint`, `solution` and `why` of `Exercise`, and its `goal`.

    Attributes:
        best: the best score so far; None before the first.

    >>> task = OpenTask(
    ...     lambda x: x, beat=0.5, asks="More?", hint="try", solution="0.9", why="There is more."
    ... )
    >>> task.check(0.5)
    Not yet: the score is 50.0%; the score to beat is 50.0%. hint() may help.
    >>> task.check(0.75)
    Right. The score is above 50.0%; your best is 75.0%. There is more.
    """

    def __init__(self, score: Score, *, beat: float, **texts: Any) -> None:
        super().__init__(self._compare, **texts)
        self._score, self.beat = score, beat
        self.best: float | None = None

    def _compare(self, answer: Any) -> str | None:
        score = self._score(answer)
        if isinstance(score, str):
            return score
        self.best = score if self.best is None else max(self.best, score)
        if score > self.beat:
            return None
        return say(
            "the score is {score:.1%}; the score to beat is {beat:.1%}.",
            score=score,
            beat=self.beat,
        )

    def _praise(self) -> str:
        better = say(
            "The score is above {beat:.1%}; your best is {best:.1%}.",
            beat=self.beat,
            best=self.best,
        )
        return f"{better} {super()._praise()}"
