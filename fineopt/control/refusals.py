"""Why a value was refused, in the learner's language.

The checks of the engine speak English, as all its errors do. What a hand can enter in a panel is
answered in the language of the panel: by the same sentence, found by its form.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter

from ..language import say, translatable

__all__ = ["refusal"]

# The sentences of `fineopt.checks`, with their values as fields.
SENTENCES = (
    translatable("{subject} must be a number, not {value}"),
    translatable("{subject} must fit into a float: it is too large"),
    translatable("{subject} must be finite, not {value}"),
    translatable("{subject} must be at least 0, not {value}"),
    translatable("{subject} must be positive, not {value}"),
    translatable("{subject} must be at least 0 and below 1, not {value}"),
    translatable("{subject} must be between 0 and 1, not {value}"),
    translatable("{subject} must be a pair of numbers, not {value}"),
    translatable("{subject} must be an integer, not {value}"),
    translatable("{subject} must be at least 1, not {value}"),
    translatable("{subject} must be True or False, not {value}"),
)


def refusal(subject: str, wrong: Exception) -> str:
    """Return the message of a check about a subject, in the learner's language if it is known.

    >>> refusal("lr of fc", ValueError("must be at least 0, not -1"))
    'lr of fc must be at least 0, not -1'
    """
    message = str(wrong)
    for sentence in SENTENCES:
        if match := _pattern(sentence).fullmatch(message):
            return say(sentence, subject=subject, **match.groupdict())
    return f"{subject} {message}"


@lru_cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """Return the form of a sentence without its subject."""
    parts = Formatter().parse(sentence.removeprefix("{subject} "))
    return re.compile(
        "".join(re.escape(text) + (f"(?P<{name}>.*)" if name else "") for text, name, _, _ in parts)
    )
