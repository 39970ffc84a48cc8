"""Text in the learner's language."""

from __future__ import annotations

from typing import Any

from .choosing import language
from .table import table

__all__ = ["say", "translatable", "translated"]


def say(text: str, /, **fields: Any) -> str:
    """Return a text in the learner's language, with its fields filled in.

    Args:
        text: English, with fields as in `str.format`; `{{` and `}}` are braces.
        fields: the values of its fields.

    A text that is not in the table stays English. A test reads each `say("...")` and each
    `translatable("...")` in the package, so no text is missing there.

    >>> say("{name} is in no param group, so it would never move.", name="fc1.bias")
    'fc1.bias is in no param group, so it would never move.'
    """
    return translated(text).format(**fields)


def translated(text: str) -> str:
    """Return a text without fields, such as a name that a user may have given, if it is known.

    >>> translated("my landscape {1}")
    'my landscape {1}'
    """
    return table().get(text, text) if language() == "zh" else text


def translatable(text: str) -> str:
    """Return the text unchanged: it is to be said later, with `say(text)`.

    For texts that are written where modules are imported, before the language is known.
    (`gettext` calls this idiom `N_`.)

    >>> translatable("Right. {why}")
    'Right. {why}'
    """
    return text
