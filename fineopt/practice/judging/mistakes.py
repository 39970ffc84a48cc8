"""Exceptions that an answer raises: the type, the line, and what it means."""

from __future__ import annotations

import traceback
from pathlib import Path

from ...language import say, translatable

__all__ = ["describe_error"]

PACKAGE = str(Path(__file__).parents[2])
LIBRARIES = (PACKAGE, str(Path(traceback.__file__).parent), "site-packages", "<frozen")

MEANINGS: dict[type[BaseException], str] = {
    UnboundLocalError: translatable(
        "The function assigns this name further down, or on another path, so it has no value yet."
    ),
    NameError: translatable("Nothing has this name: it is misspelt, or an import is missing."),
    AttributeError: translatable(
        "The value before the dot has no such attribute. Is it the object that you expect?"
    ),
    ImportError: translatable("There is no such module, or no such name in it."),
    KeyError: translatable("The dict has no such key."),
    IndexError: translatable("The list has fewer items than this."),
    TypeError: translatable(
        "A value has a type that cannot be used here, or a call has too many or too few arguments."
    ),
    ZeroDivisionError: translatable("Something is divided by 0."),
    OverflowError: translatable("A number is too large."),
    RecursionError: translatable("The function calls itself without an end."),
    StopIteration: translatable("An iterator has no more items: it can be used only once."),
    AssertionError: translatable("A condition that the code asserts is false."),
    ValueError: translatable("A value has the right type, but cannot be used here."),
    SystemExit: translatable("The code ends the program: remove exit()."),
}


def describe_error(error: BaseException) -> str:
    """Return the type of an exception, its line in the learner's code, and what it means.

    >>> def answer():
    ...     return 1 / 0
    >>> try:
    ...     answer()
    ... except ZeroDivisionError as error:
    ...     print(describe_error(error))
    line 2, `return 1 / 0`, raises ZeroDivisionError: division by zero. Something is divided by 0.
    """
    message = _message(error)
    kind = type(error).__name__ + (f": {message}" if message else "")
    kind += "" if kind.endswith((".", "?", "!")) else "."
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(part in frame.filename for part in LIBRARIES)]
    if own and own[-1].line:
        text = say(
            "line {number}, `{code}`, raises {kind}",
            number=own[-1].lineno,
            code=own[-1].line,
            kind=kind,
        )
    elif own:
        text = say("line {number} raises {kind}", number=own[-1].lineno, kind=kind)
    else:
        text = say("checking this answer raises {kind}", kind=kind)
    # The messages of fineopt's own errors need no explanation.
    raised_here = bool(frames) and frames[-1].filename.startswith(PACKAGE) and bool(own)
    meaning = next((MEANINGS[each] for each in type(error).__mro__ if each in MEANINGS), None)
    return text if raised_here or meaning is None else f"{text} {say(meaning)}"


def _message(error: BaseException) -> str:
    try:
        return str(error).strip()
    except Exception:  # of a class of the learner's own
        return ""
