"""Which parameters of a record a figure shows, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from fineopt.recorder import Record

from ..language import say, translatable

View = Literal["lines", "path", "ratio", "histogram"]
Watch = str | Sequence[str]

# What a panel calls each view, and how alt text describes it; to be said.
VIEW_LABELS: dict[View, str] = {
    "lines": translatable("as lines"),
    "path": translatable("as a path"),
    "ratio": translatable("as update / weight"),
    "histogram": translatable("as a histogram"),
}
VIEW_DESCRIPTIONS: dict[View, str] = {
    "lines": translatable("as lines of its elements over the steps"),
    "path": translatable("as a path along its two leading principal directions"),
    "ratio": translatable("by its update ratio, in front of the others"),
    "histogram": translatable("as a histogram of its elements"),
}
MAX_WATCHED = 4  # parameters at a time: the number of dashes that are easy to tell apart


def check_view(view: str) -> None:
    """Raise ValueError if a view is unknown.

    >>> check_view("lanes")
    Traceback (most recent call last):
    ValueError: unknown view 'lanes'; expected 'lines', 'path', 'ratio', 'histogram'
    """
    if view not in get_args(View):
        raise ValueError(f"unknown view {view!r}; expected {', '.join(map(repr, get_args(View)))}")


def check_parameter(record: Record, name: str) -> None:
    """Raise KeyError if a record has no such parameter."""
    if name not in record.parameters:
        raise KeyError(f"no parameter {name!r} is recorded; there are {list(record.parameters)}")


def watched_names(record: Record, watch: Watch | None = None) -> tuple[str, ...]:
    """Return the names of the watched parameters without duplicates.

    Args:
        record: the record that contains them.
        watch: a name or a sequence of names; if None, the first parameter that is in a group.

    Raises:
        KeyError: if a parameter is unknown.
        ValueError: if there are no names, or more than four.

    >>> record = Record({'a': None, 'b': 0, 'c': 0}, ['all'])
    >>> watched_names(record), watched_names(record, 'c'), watched_names(record, ['c', 'a', 'c'])
    (('b',), ('c',), ('c', 'a'))
    """
    known = record.parameters
    if watch is None:
        return (next((n for n, group in known.items() if group is not None), next(iter(known))),)
    names = tuple(dict.fromkeys([watch] if isinstance(watch, str) else watch))
    for name in names:
        check_parameter(record, name)
    if not 1 <= len(names) <= MAX_WATCHED:
        raise ValueError(
            say(
                "expected 1 to {most} parameters to watch, got {count}: with more, their lines "
                "cannot be told apart",
                most=MAX_WATCHED,
                count=len(names),
            )
        )
    return names
