"""Lists of names in the learner's language."""

from __future__ import annotations

from collections.abc import Sequence

from ..wording import MAX_NAMES, fitting
from .saying import say

__all__ = ["list_names"]


def list_names(
    names: Sequence[str],
    most: int = MAX_NAMES,
    length: int | None = None,
    between: str | None = None,
) -> str:
    """Join names as `fineopt.wording.join_names` does, in the learner's language.

    >>> list_names(["conv", "fc", "head"], most=2)
    'conv, fc and 1 more'
    """
    between = say(", ") if between is None else between
    shown = fitting(names, most, length, between)
    more, joined = len(names) - len(shown), between.join(shown)
    return say("{names} and {count:,} more", names=joined, count=more) if more else joined
